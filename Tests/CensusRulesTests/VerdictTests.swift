import CensusModel
import CensusRules
import Testing

@Suite("The verdict of a probe")
struct VerdictTests {
    private func verdict(_ observation: ProbeObservation, _ evidence: ChainEvidence? = nil) -> ProbeVerdict {
        Judge.verdict(of: observation, evidence: evidence, at: noon)
    }

    private func failed(_ failure: ProbeFailure, _ change: (inout ProbeObservation) -> Void = { _ in }) -> ProbeVerdict
    {
        verdict(
            observation {
                $0.failure = failure
                change(&$0)
            })
    }

    @Test("of a good host is trusted")
    func trusted() {
        let verdict = verdict(trusting(), evidence())
        #expect(verdict.outcome == .trusted && verdict.conclusive && verdict.error == nil)
        #expect(verdict.starttls == true && verdict.verified == true)
    }

    @Test(
        "is no worse for a server that ends at QUIT as it likes",
        arguments: [
            ProbeFailure.timeout(.quit), .closed(.quit), .reset(.quit), .rejected(.quit), .protocolError(.quit),
        ])
    func quit(failure: ProbeFailure) {
        #expect(verdict(trusting { $0.failure = failure }, evidence()).outcome == .trusted)
        let plain = observation {
            $0.starttlsOffered = false
            $0.failure = failure
        }
        #expect(verdict(plain).outcome == .starttlsNotOffered)
    }

    /// design: the stages in their order, and what counts as not seen.
    @Test(
        "is the stage at which the dialogue broke off, and inconclusive where nothing was seen",
        arguments: [
            (.refused, .refused, true), (.unreachable, .unreachable, false),
            (.timeout(.connect), .connectTimeout, false), (.reset(.connect), .reset, false),
            (.timeout(.greeting), .greetingTimeout, false), (.closed(.greeting), .closed, false),
            (.reset(.greeting), .reset, false), (.notSMTP, .notSMTP, true),
            (.timeout(.ehlo), .stalled, false), (.closed(.ehlo), .stalled, false), (.reset(.ehlo), .stalled, false),
            (.protocolError(.ehlo), .protocolError, true), (.protocolError(.greeting), .protocolError, true),
            (.timeout(.starttls), .stalled, false), (.closed(.starttls), .stalled, false),
            (.protocolError(.starttls), .protocolError, true),
            (.local("too many open files"), .unreachable, false),
        ] as [(ProbeFailure, Outcome, Bool)])
    func stages(failure: ProbeFailure, outcome: Outcome, conclusive: Bool) {
        let verdict = failed(failure)
        #expect(verdict.outcome == outcome && verdict.conclusive == conclusive)
        #expect(verdict.error != nil && verdict.verified == nil && verdict.starttls == nil)
    }

    @Test(
        "keeps the reason of a failed handshake, and is conclusive: TLS was offered and is broken",
        arguments: [
            (.handshake(.alert(40)), .alert(40)), (.handshake(.notTLS), .notTLS), (.timeout(.handshake), .timeout),
            (.closed(.handshake), .closed), (.reset(.handshake), .reset), (.protocolError(.handshake), .malformed),
        ] as [(ProbeFailure, HandshakeFailure)])
    func handshake(failure: ProbeFailure, reason: HandshakeFailure) {
        let verdict = failed(failure) { $0.starttlsOffered = true }
        #expect(verdict.outcome == .handshakeFailed && verdict.handshakeFailure == reason)
        #expect(verdict.conclusive && verdict.starttls == true && verdict.verified == nil)
    }

    @Test("tells STARTTLS not offered, masked and refused apart")
    func starttls() {
        let plain = verdict(observation { $0.starttlsOffered = false })
        #expect(plain.outcome == .starttlsNotOffered && plain.conclusive && plain.starttls == false)
        let masked = verdict(
            observation {
                $0.starttlsOffered = false
                $0.maskedKeyword = "XXXXXXXA"
            })
        #expect(masked.outcome == .starttlsStripped && masked.starttls == false)
        #expect(masked.error?.contains("XXXXXXXA") == true)
        let replies = [
            (454, "4.7.0 TLS not available due to temporary reason", false), (421, "closing", false),
            (502, "5.5.1 Command not implemented", true), (554, "5.7.3 Unable to initialize security subsystem", true),
        ]
        for (code, text, conclusive) in replies {
            let refused = failed(.rejected(.starttls)) {
                $0.starttlsOffered = true
                $0.starttls = SMTPReply(code: code, lines: [text])
            }
            #expect(refused.outcome == .starttlsRefused && refused.conclusive == conclusive && refused.starttls == true)
        }
    }

    @Test("of an offer without a session is never success")
    func noSession() {
        let verdict = verdict(observation { $0.starttlsOffered = true })
        #expect(verdict.outcome == .handshakeFailed && verdict.verified == nil)
    }

    @Test("of a session that nobody judged is never success")
    func notJudged() {
        let verdict = verdict(trusting(), nil)
        #expect(verdict.outcome == .unknownAuthority && verdict.verified == false)
    }

    /// design §3: the order among certificate causes.
    @Test("prefers certificate causes in the order of the design")
    func order() {
        let order: [Outcome] = [
            .malformedCertificate, .negativeSerial, .selfSigned, .unknownAuthority, .incompleteChain, .badSignature,
            .revoked, .notYetValid, .expired, .wrongPurpose, .constraintViolation, .weakCertificate, .nameMismatch,
        ]
        for (index, first) in order.enumerated() {
            // Everything from `first` on is wrong at once.
            let causes = order[index...]
            let leaf = facts(["other.example"], serial: causes.contains(.negativeSerial) ? "-05" : "05")
            let problems = causes.compactMap { Finding(rawValue: $0.rawValue) }
                .filter { $0 != .negativeSerial && $0 != .nameMismatch }
            let verdict = verdict(
                trusting { $0.failure = .closed(.ehloUnderTLS) }, evidence(leaf, problems: Set(problems)))
            #expect(verdict.outcome == first && verdict.conclusive && verdict.verified == false)
        }
    }

    @Test("of a good certificate and a broken session is a failure after TLS")
    func afterTLS() {
        for failure in [ProbeFailure.closed(.ehloUnderTLS), .timeout(.ehloUnderTLS), .protocolError(.ehloUnderTLS)] {
            let verdict = verdict(trusting { $0.failure = failure }, evidence())
            #expect(verdict.outcome == .postTLSFailure && verdict.conclusive && verdict.verified == true)
        }
        let rejected = { (code: Int, text: String) in
            verdict(
                trusting {
                    $0.failure = .rejected(.ehloUnderTLS)
                    $0.ehloUnderTLS = SMTPReply(code: code, lines: [text])
                }, evidence())
        }
        #expect(rejected(500, "what?").conclusive)
        #expect(!rejected(421, "closing").conclusive)
    }

    /// RFC 8446 §4.4.2.4: in TLS 1.3 the client learns only after its own last flight that the server wanted a certificate.
    @Test("of a server that ends the handshake after ours was done is a failed handshake")
    func lateAlert() {
        for reason in [HandshakeFailure.clientCertificateRequired, .alert(80)] {
            let verdict = verdict(trusting { $0.failure = .handshake(reason) }, evidence())
            #expect(verdict.outcome == .handshakeFailed && verdict.handshakeFailure == reason && verdict.conclusive)
        }
    }

    @Test("names the certificate when the handshake broke off because nobody could read it")
    func unreadableCertificate() {
        let seen = { (reason: HandshakeFailure) in
            observation {
                $0.starttlsOffered = true
                $0.failure = .handshake(reason)
                $0.chain = [[0x30, 0x00]]
            }
        }
        let nothing = ChainEvidence(
            certificates: [nil], problems: [.malformedCertificate], verifyError: "not well-formed")
        #expect(verdict(seen(.malformed), nothing).outcome == .malformedCertificate)
        #expect(verdict(seen(.other("asn1 parse error")), nothing).outcome == .malformedCertificate)
        // The server itself gave up: that is another matter.
        #expect(verdict(seen(.alert(40)), nothing).outcome == .handshakeFailed)
        #expect(verdict(seen(.malformed), evidence()).outcome == .handshakeFailed)
    }

    @Test("of a host that refuses EHLO for a reason of ours says nothing about STARTTLS")
    func blockedEHLO() {
        let helo = { (refusal: String) in
            verdict(
                observation {
                    $0.ehloRefusal = SMTPReply(code: 554, lines: [refusal])
                    $0.ehlo = SMTPReply(code: 250, lines: ["mx"])
                    $0.heloOnly = true
                    $0.starttlsOffered = false
                })
        }
        #expect(helo("5.5.1 Command not recognized").conclusive)
        let blocked = helo("5.7.1 Client host blocked using a blocklist")
        #expect(!blocked.conclusive && blocked.starttls == nil)
        #expect(blocked.error?.contains("blocked using a blocklist") == true)
        let rejected = failed(.rejected(.ehlo)) {
            $0.ehloRefusal = SMTPReply(code: 554, lines: ["poor reputation"])
            $0.ehlo = SMTPReply(code: 503, lines: ["5.5.1 Bad sequence of commands"])
        }
        #expect(rejected.outcome == .ehloRejected && !rejected.conclusive)
        let tooMany = failed(.rejected(.starttls)) {
            $0.starttlsOffered = true
            $0.starttls = SMTPReply(code: 554, lines: ["5.7.0 too many TLS connections from your network"])
        }
        #expect(tooMany.outcome == .starttlsRefused && !tooMany.conclusive)
    }

    @Test("never blames a host for what this machine could not do")
    func local() {
        let early = failed(.local("cancelled"))
        let late = failed(.local("cancelled")) { $0.greeting = SMTPReply(code: 220, lines: ["hello"]) }
        let underTLS = verdict(trusting { $0.failure = .local("cancelled") }, evidence())
        #expect([early, late, underTLS].map(\.conclusive) == [false, false, false])
        #expect(underTLS.outcome != .trusted)
        #expect(early.error?.contains("cancelled") == true && underTLS.error?.contains("cancelled") == true)
    }
}

@Suite("The error line")
struct ErrorLineTests {
    private func error(_ leaf: CertificateFacts, _ problems: Set<Finding> = [], host: String = "mx.example.org")
        -> String?
    {
        Judge.verdict(of: trusting(host: host), evidence: evidence(leaf, problems: problems), at: noon).error
    }

    @Test("has the particulars of the certificate")
    func certificate() {
        #expect(
            error(facts(["*.yahoodns.net"]), host: "mta5.am0.yahoodns.net")
                == "the certificate does not name mta5.am0.yahoodns.net, but *.yahoodns.net (a wildcard covers one label only)"
        )
        // noon is 2014-05-17 12:00 UTC.
        #expect(
            error(facts(notAfter: noon.addingTimeInterval(-30 * day)), [.expired])
                == "the certificate expired on 2014-04-17, 30 days before the probe")
        #expect(
            error(facts(notBefore: noon.addingTimeInterval(day)), [.notYetValid])
                == "the certificate is valid from 2014-05-18, 1 day after the probe")
        #expect(error(facts(serial: "-05")) == "the serial number -05 is negative")
        #expect(error(facts(), [.incompleteChain]) == "the certificate of the issuer was not sent: CN=Root")
        #expect(error(facts(), [.wrongPurpose]) == "the verifier's words")
    }

    @Test("names the certificate of the chain that expired")
    func intermediate() {
        let old = facts(
            [], notAfter: noon.addingTimeInterval(-400 * day), subject: "CN=Intermediate", issuer: "CN=Root")
        let verdict = Judge.verdict(of: trusting(), evidence: evidence(others: [old], problems: [.expired]), at: noon)
        #expect(
            verdict.error
                == "certificate 1 of the chain (CN=Intermediate) expired on 2013-04-12, 400 days before the probe")
    }

    @Test("quotes the reply, and is bounded")
    func reply() {
        let refused = Judge.verdict(
            of: observation {
                $0.failure = .rejected(.greeting)
                $0.greeting = SMTPReply(
                    code: 554, lines: ["No SMTP service here", String(repeating: "x", count: 4000)])
            }, evidence: nil, at: noon)
        #expect(refused.error?.hasPrefix("greeting: 554 No SMTP service here / xxx") == true)
        #expect(refused.error?.count == 400)
    }

    @Test("states how long was waited, and which alert came")
    func waits() {
        let slow = Judge.verdict(
            of: observation {
                $0.failure = .timeout(.connect)
                $0.durations = [.connect: 30_049]
            }, evidence: nil, at: noon)
        #expect(slow.error == "no answer from 192.0.2.1 port 25 after 30.0 s")
        let alert = Judge.verdict(
            of: observation {
                $0.starttlsOffered = true
                $0.failure = .handshake(.alert(40))
            }, evidence: nil, at: noon)
        #expect(alert.error == "the server sent TLS alert 40 (handshake_failure)")
    }
}
