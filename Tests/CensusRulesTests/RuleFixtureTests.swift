import CensusModel
import CensusRules
import Foundation
import Testing

/// For each outcome and each finding an observation that has it, and one alike that has not. Which is which was decided
/// by the RFC that the rule cites.
@Suite("Every rule")
struct RuleFixtureTests {
    typealias Case = (observation: ProbeObservation, evidence: ChainEvidence?)

    private static func plain(_ change: (inout ProbeObservation) -> Void) -> Case { (observation(change), nil) }

    private static func failed(_ failure: ProbeFailure) -> Case { plain { $0.failure = failure } }

    private static func refused(_ step: ProbeStep, _ code: Int, _ text: String) -> Case {
        plain {
            $0.failure = .rejected(step)
            let reply = SMTPReply(code: code, lines: [text])
            switch step {
            case .greeting: $0.greeting = reply
            case .ehlo: $0.ehlo = reply
            default:
                $0.starttlsOffered = true
                $0.starttls = reply
            }
        }
    }

    private static func ehlo(offered: Bool, masked: String? = nil) -> Case {
        plain {
            $0.greeting = SMTPReply(code: 220, lines: ["mx"])
            $0.ehlo = SMTPReply(code: 250, lines: ["mx"])
            $0.starttlsOffered = offered
            $0.maskedKeyword = masked
        }
    }

    private static func broken(_ reason: HandshakeFailure) -> Case {
        plain {
            $0.starttlsOffered = true
            $0.failure = .handshake(reason)
        }
    }

    private static func judged(_ problems: Set<Finding> = [], _ leaf: CertificateFacts = facts()) -> Case {
        (trusting(), evidence(leaf, problems: problems))
    }

    private static func cut(_ failure: ProbeFailure) -> Case { (trusting { $0.failure = failure }, evidence()) }

    /// `passing` has the outcome, `failing` has another one.
    static let outcomes: [Outcome: (passing: Case, failing: Case)] = [
        .refused: (failed(.refused), failed(.unreachable)),
        .unreachable: (failed(.unreachable), failed(.timeout(.connect))),
        .connectTimeout: (failed(.timeout(.connect)), failed(.timeout(.greeting))),
        .reset: (failed(.reset(.greeting)), failed(.reset(.ehlo))),
        .greetingTimeout: (failed(.timeout(.greeting)), failed(.timeout(.ehlo))),
        .greetingRejected: (refused(.greeting, 554, "No SMTP service here"), refused(.ehlo, 554, "No")),
        .notSMTP: (failed(.notSMTP), failed(.protocolError(.ehlo))),
        .ehloRejected: (refused(.ehlo, 550, "Go"), refused(.starttls, 502, "No")),
        .closed: (failed(.closed(.greeting)), failed(.closed(.ehlo))),
        .stalled: (failed(.timeout(.starttls)), failed(.timeout(.handshake))),
        .protocolError: (failed(.protocolError(.greeting)), failed(.notSMTP)),
        .starttlsNotOffered: (ehlo(offered: false), ehlo(offered: true)),
        .starttlsStripped: (ehlo(offered: false, masked: "XXXXXXXA"), ehlo(offered: false)),
        .starttlsRefused: (refused(.starttls, 454, "not now"), ehlo(offered: true)),
        .handshakeFailed: (broken(.alert(40)), cut(.closed(.ehloUnderTLS))),
        .malformedCertificate: (judged([.malformedCertificate]), judged()),
        .negativeSerial: (judged([], facts(serial: "-01", serialLength: 1)), judged([], facts(serial: "01"))),
        .selfSigned: (judged([.selfSigned]), judged([.unknownAuthority])),
        .unknownAuthority: (judged([.unknownAuthority]), judged([.incompleteChain])),
        .incompleteChain: (judged([.incompleteChain]), judged([.unknownAuthority])),
        .badSignature: (judged([.badSignature]), judged()),
        .revoked: (judged([.revoked]), judged()),
        .notYetValid: (judged([.notYetValid]), judged([.expired])),
        .expired: (judged([.expired]), judged([.notYetValid])),
        .wrongPurpose: (judged([.wrongPurpose]), judged()),
        .constraintViolation: (judged([.constraintViolation]), judged()),
        .weakCertificate: (judged([.weakCertificate]), judged()),
        .nameMismatch: (judged([], facts(["other.example"])), judged([], facts(["*.example.org"]))),
        .postTLSFailure: (cut(.timeout(.ehloUnderTLS)), cut(.timeout(.quit))),
        .trusted: (judged(), judged([.expired])),
    ]

    @Test("of an outcome has a fixture on either side", arguments: Outcome.allCases)
    func outcome(_ outcome: Outcome) throws {
        let fixtures = try #require(Self.outcomes[outcome])
        let verdict = { (item: Case) in Judge.verdict(of: item.observation, evidence: item.evidence, at: noon) }
        #expect(verdict(fixtures.passing).outcome == outcome)
        #expect(verdict(fixtures.failing).outcome != outcome)
        #expect((verdict(fixtures.passing).error == nil) == (outcome == .trusted))
    }

    private static func dialogue(_ change: (inout ProbeObservation) -> Void) -> Case {
        (trusting(session(), change), evidence())
    }

    private static func tls(_ parameters: TLSParameters) -> Case { (trusting(parameters), evidence()) }

    private static func stapled(_ status: StapleStatus?) -> Case {
        (
            trusting(session(staple: [0x30])),
            ChainEvidence(
                certificates: [facts(), intermediate], problems: [], verifyError: nil, staple: status)
        )
    }

    private static func lookedAtAgain(_ failure: ProbeFailure?, _ chain: [[UInt8]]) -> Case {
        dialogue { $0.secondLook = SecondLook(failure: failure, chain: chain) }
    }

    /// The remarks; the certificate causes are among the outcomes.
    static let remarks: [Finding: (passing: Case, failing: Case)] = [
        .plaintextAfterSTARTTLS: (dialogue { $0.plaintextAfterSTARTTLS = "250 injected" }, dialogue { _ in }),
        .oldProtocol: (tls(session(version: "TLSv1.1")), tls(session())),
        .weakCipher: (
            tls(session(cipher: "TLS_RSA_WITH_NULL_SHA256", bits: 0)), tls(session())
        ),
        .noForwardSecrecy: (
            tls(session(forwardSecrecy: false)), tls(session())
        ),
        .weakDH: (tls(session(dhBits: 2047)), tls(session(dhBits: 2048))),
        .weakKey: (judged([], facts(key: ("RSA", 2047))), judged([], facts(key: ("RSA", 2048)))),
        .weakSignature: (
            tls(session(digest: "SHA1")), tls(session(digest: "SHA256"))
        ),
        .commonNameOnly: (
            judged([], facts([], commonName: "mx.example.org")),
            judged([], facts([], commonName: "mx.example.org", alternativeNames: true))
        ),
        .wildcard: (judged([], facts(["*.example.org"])), judged([], facts(["mx.example.org", "*.example.org"]))),
        .extraCertificates: (
            (trusting(), evidence(others: [intermediate, intermediate])), (trusting(), evidence(others: [intermediate]))
        ),
        .misorderedChain: (
            (trusting(), evidence(others: [root, intermediate])), (trusting(), evidence(others: [intermediate, root]))
        ),
        .expiresSoon: (
            judged([], facts(notAfter: noon.addingTimeInterval(30 * day))),
            judged([], facts(notAfter: noon.addingTimeInterval(31 * day)))
        ),
        .mustStapleMissing: (judged([], facts(mustStaple: true)), judged()),
        .stapleInvalid: (stapled(.invalid("signed by somebody else")), stapled(.good)),
        .stapleExpired: (stapled(.expired), stapled(.good)),
        .zeroSerial: (judged([], facts(serial: "00", serialLength: 1)), judged([], facts(serial: "01"))),
        .longSerial: (judged([], facts(serialLength: 21)), judged([], facts(serialLength: 20))),
        .bareLineFeed: (dialogue { $0.bareLineFeed = true }, dialogue { _ in }),
        .heloOnly: (dialogue { $0.heloOnly = true }, dialogue { _ in }),
        .clientCertificateRequested: (
            tls(session(clientCertificate: true)), tls(session())
        ),
        .sniDependent: (lookedAtAgain(nil, [[0x31]]), lookedAtAgain(nil, [[0x30]])),
    ]

    @Test("of a finding has a fixture on either side", arguments: Finding.allCases)
    func finding(_ finding: Finding) throws {
        let fixtures = try #require(
            Outcome(rawValue: finding.rawValue).flatMap { Self.outcomes[$0] } ?? Self.remarks[finding])
        let findings = { (item: Case) in
            Judge.verdict(of: item.observation, evidence: item.evidence, at: noon).findings
        }
        #expect(findings(fixtures.passing) == [finding])
        #expect(!findings(fixtures.failing).contains(finding))
    }

    @Test("has a file of its own that cites where the rule comes from", arguments: ["Outcomes", "Findings"])
    func files(folder: String) throws {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Sources/CensusRules/\(folder)").standardizedFileURL
        let files = try FileManager.default.contentsOfDirectory(at: url, includingPropertiesForKeys: nil)
        let certificateCauses = Finding.allCases.filter { Outcome(rawValue: $0.rawValue) != nil }
        #expect(
            files.count
                == (folder == "Findings"
                    ? Finding.allCases.count : Outcome.allCases.count - certificateCauses.count))
        for file in files {
            let text = try String(contentsOf: file, encoding: .utf8)
            let comments = text.split(separator: "\n").filter { $0.hasPrefix("///") }.joined()
            #expect(comments.contains(/RFC \d+|NIST/), "\(file.lastPathComponent)")
            #expect(text.matches(of: /: (?:Outcome|Finding)Rule \{/).count == 1, "\(file.lastPathComponent)")
        }
    }

    @Test("of the second look stays silent about a look that did not see the handshake")
    func secondLook() {
        let findings = { (failure: ProbeFailure) in
            let item = Self.lookedAtAgain(failure, [])
            return Judge.verdict(of: item.observation, evidence: item.evidence, at: noon).findings
        }
        for failure in [
            ProbeFailure.rejected(.greeting), .timeout(.greeting), .closed(.ehlo), .handshake(.timeout),
            .handshake(.reset),
        ] {
            #expect(findings(failure) == [])
        }
        #expect(findings(.handshake(.alert(112))) == [.sniDependent])
        #expect(findings(.handshake(.closed)) == [.sniDependent])
    }
}
