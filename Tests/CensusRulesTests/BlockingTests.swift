import CensusModel
import CensusRules
import Testing

@Suite("A refusal")
struct BlockingTests {
    private func greeted(_ code: Int, _ lines: String...) -> ProbeVerdict {
        Judge.verdict(
            of: observation {
                $0.failure = .rejected(.greeting)
                $0.greeting = SMTPReply(code: code, lines: lines)
            }, evidence: nil, at: noon)
    }

    /// Replies from public mail logs, addresses and names replaced.
    @Test(
        "about the client is inconclusive",
        arguments: [
            (
                554,
                [
                    "esa6.example.net 554 Your access to this mail system has been rejected due to the sending MTA's",
                    "poor reputation. If you believe that this failure is in error, please contact the intended recipient",
                ]
            ),
            (
                554,
                [
                    "gmx.net (mxgmx116) Nemesis ESMTP Service not available", "No SMTP service",
                    "Bad DNS PTR resource record.", "For explanation visit http://postmaster.gmx.com/",
                ]
            ),
            (
                554,
                ["IP=192.0.2.254 - A problem occurred. (Ask your postmaster for help or to contact x@example.org) (BL)"]
            ),
            (
                554,
                [
                    "imta07.westchester.example.net comcast 192.0.2.7 found on one or more DNSBLs, see http://example.net/"
                ]
            ),
            (421, ["4.7.0 mx.example.net Error: too many connections from 192.0.2.1"]),
            (421, ["4.3.2 All server ports are busy"]), (451, ["whatever"]), (450, [""]), (421, ["closing"]),
            (554, ["5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org"]),
            (554, ["SMTP synchronization error"]), (550, ["Administrative prohibition"]),
            (554, ["mx.example.net ESMTP not accepting messages"]),
        ])
    func aboutUs(code: Int, lines: [String]) {
        let verdict = Judge.verdict(
            of: observation {
                $0.failure = .rejected(.greeting)
                $0.greeting = SMTPReply(code: code, lines: lines)
            }, evidence: nil, at: noon)
        #expect(verdict.outcome == .greetingRejected && !verdict.conclusive)
    }

    /// RFC 5321 §3.1 and §4.2.4.2 with RFC 7504.
    @Test("about the host is conclusive")
    func aboutThem() {
        #expect(greeted(554, "No SMTP service here").conclusive)
        #expect(greeted(554, "mx.example.org No SMTP service here").conclusive)
        #expect(greeted(521, "mx.example.org does not accept mail").conclusive)
        #expect(greeted(550, "antispam.example.org no mail service").conclusive)
        #expect(greeted(554, "").conclusive)
    }

    @Test("of a host whose name sounds like a blocklist is not about us")
    func hostName() {
        #expect(greeted(554, "blocked-spam.example.org no service").conclusive)
        #expect(greeted(554, "mx.example.org marble no service").conclusive)
    }

    @Test("of EHLO follows the same rule")
    func ehlo() {
        for (code, text, conclusive) in [
            (421, "bye", false), (550, "5.7.1 blocked", false), (502, "unknown", true),
            (550, "5.5.0 Command refused", true),
        ] {
            let verdict = Judge.verdict(
                of: observation {
                    $0.failure = .rejected(.ehlo)
                    $0.ehlo = SMTPReply(code: code, lines: [text])
                }, evidence: nil, at: noon)
            #expect(verdict.outcome == .ehloRejected && verdict.conclusive == conclusive)
        }
    }

    @Test("without its reply is not certain")
    func unknownReply() {
        let verdict = Judge.verdict(of: observation { $0.failure = .rejected(.greeting) }, evidence: nil, at: noon)
        #expect(verdict.outcome == .greetingRejected && !verdict.conclusive)
    }

    @Test("is recognised in the example of every phrase")
    func examples() throws {
        for phrase in BlockingText.phrases {
            let code = try #require(Int(phrase.example.prefix(3)))
            let reply = SMTPReply(code: code, lines: [String(phrase.example.dropFirst(4))])
            #expect(BlockingText.isBlocking(reply), "\(phrase.example)")
            #expect(phrase.example.lowercased().contains(phrase.words), "\(phrase.words)")
            #expect(phrase.words == phrase.words.lowercased() && !phrase.source.isEmpty)
        }
    }
}
