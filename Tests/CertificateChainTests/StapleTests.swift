import CensusModel
import Foundation
import Testing

@testable import CertificateChain

@Suite("A stapled OCSP response")
struct StapleTests {
    private func evidence(
        _ staple: [UInt8], _ chain: [String] = ["good", "inter"], after days: Double = 1
    ) throws -> ChainEvidence {
        let fixtures = try Fixtures.staples()
        return try ChainJudge(trustStore: fixtures.trust("root")).evidence(
            chain: chain.map(fixtures.der), at: fixtures.made.addingTimeInterval(days * 86400), staple: staple)
    }

    private func invalid(_ evidence: ChainEvidence) -> String? {
        if case .invalid(let reason) = evidence.staple { reason } else { nil }
    }

    @Test(
        "by the issuer or a responder of its choice is good",
        arguments: [
            "good", "bare", "byKey", "sha256", "sha512", "signedSHA512", "many", "delegate", "delegateByKey",
            "openEnded",
        ])
    func good(name: String) throws {
        let evidence = try evidence(Fixtures.staples().staple(name), after: 0.5)
        #expect(evidence.staple == .good && evidence.problems.isEmpty && evidence.verifyError == nil)
    }

    @Test("that says revoked makes the certificate revoked", arguments: ["revoked", "revokedByDelegate", "many"])
    func revoked(name: String) throws {
        let evidence = try evidence(Fixtures.staples().staple(name), ["revoked", "inter"])
        #expect(evidence.staple == .revoked && evidence.problems == [.revoked])
        #expect(evidence.verifyError == "revoked, says the stapled OCSP response (keyCompromise)")
    }

    @Test(
        "of the root is judged by the root of the trust store, sent or not",
        arguments: [["direct"], ["direct", "root"]])
    func direct(chain: [String]) throws {
        let evidence = try evidence(Fixtures.staples().staple("direct"), chain)
        #expect(evidence.staple == .good && evidence.problems.isEmpty)
    }

    @Test("is judged beside an authority that is not trusted")
    func untrusted() throws {
        let fixtures = try Fixtures.staples()
        let evidence = try evidence(fixtures.staple("private"), ["private", "namesake"])
        #expect(evidence.staple == .good && evidence.problems == [.unknownAuthority])
        let alone = try self.evidence(fixtures.staple("alone"), ["alone"])
        #expect(alone.staple == .good && alone.problems == [.selfSigned])
    }

    @Test(
        "that nobody entitled signed, or that is about something else, proves nothing",
        arguments: [
            ("server", "its signer may not sign OCSP responses"), ("any", "its signer may not sign OCSP responses"),
            ("critical", "its signer may not sign OCSP responses"),
            ("cousin", "it is signed by somebody else than the issuer"),
            ("stranger", "it is signed by somebody else than the issuer"),
            ("noCertificates", "it is signed by somebody else than the issuer"),
            ("revoked", "it is about another certificate"), ("direct", "it is about another certificate"),
            ("private", "it is about another certificate"), ("md5", "it is about another certificate"),
        ])
    func unproven(name: String, reason: String) throws {
        let evidence = try evidence(Fixtures.staples().staple(name))
        #expect(invalid(evidence) == reason)
        #expect(evidence.problems.isEmpty)
    }

    @Test("of a responder that does not know the certificate proves nothing")
    func unknown() throws {
        let evidence = try evidence(Fixtures.staples().staple("unlisted"), ["unlisted", "inter"])
        #expect(invalid(evidence) == "the responder does not know the certificate")
    }

    @Test("proves nothing when the issuer was not sent, or the leaf is unreadable")
    func noIssuer() throws {
        let fixtures = try Fixtures.staples()
        let alone = try evidence(fixtures.staple("good"), ["good"])
        #expect(invalid(alone) == "the issuer is not known" && alone.problems == [.incompleteChain])
        let judge = try ChainJudge(trustStore: fixtures.trust("root"))
        let broken = try judge.evidence(chain: [[1]], at: fixtures.made, staple: fixtures.staple("good"))
        #expect(invalid(broken) != nil && broken.problems == [.malformedCertificate])
    }

    @Test("that was changed proves nothing")
    func changed() throws {
        let bare = try Fixtures.staples().staple("bare")
        #expect(try evidence(bare).staple == .good)
        // No certificate follows the signature.
        var signature = bare
        signature[signature.count - 1] ^= 1
        #expect(invalid(try evidence(signature)) == "its signature does not verify")
        // After the serial number 1001: certStatus good [0] becomes unknown [2].
        var status = bare
        let place = try #require(status.indices.first { status[$0...].starts(with: [0x10, 0x01, 0x80, 0x00]) })
        status[place + 2] = 0x82
        #expect(invalid(try evidence(status)) == "its signature does not verify")
    }

    /// The response of RFC 6960 §4.2.1 with nothing but the status tryLater, and bytes that are none.
    @Test("that is no answer proves nothing")
    func malformed() throws {
        let good = try Fixtures.staples().staple("good")
        #expect(invalid(try evidence([0x30, 0x03, 0x0a, 0x01, 0x03])) == "the responder did not answer: trylater")
        #expect(invalid(try evidence([0x30, 0x03, 0x0a, 0x01, 0x00])) == "it is no basic OCSP response")
        for bytes in [[], Array("HTTP/1.1 200 OK".utf8), good.dropLast(), good + [0]] {
            #expect(invalid(try evidence(bytes)) == "it is no OCSP response")
        }
        let long = good + Array(repeating: 0, count: 70_000)
        #expect(invalid(try evidence(long)) == "it has \(long.count) bytes")
    }

    @Test("of a delegate whose certificate has ended proves nothing")
    func delegateExpired() throws {
        let fixtures = try Fixtures.staples()
        #expect(try evidence(fixtures.staple("brief"), after: 2).staple == .good)
        #expect(
            invalid(try evidence(fixtures.staple("brief"), after: 4))
                == "the responder's certificate is not valid at that time")
    }

    /// The dates are those that `openssl ocsp` prints. A second apart on both sides of each, judged by one judge that
    /// remembers and one that does not, there and back.
    @Test("holds from five minutes before thisUpdate to nextUpdate, or for a day", arguments: ["good", "openEnded"])
    func current(name: String) throws {
        let fixtures = try Fixtures.staples()
        let start = try #require(try fixtures.moment("This Update", of: name))
        let named = try fixtures.moment("Next Update", of: name)
        #expect((named == nil) == (name == "openEnded"))
        let end = named ?? start.addingTimeInterval(86400)
        // Certificates and response may have been made within the same second: the path is left aside here.
        let expected: [(Date, StapleStatus)] = [
            (start.addingTimeInterval(-301), .expired), (start.addingTimeInterval(-300), .good), (start, .good),
            (end.addingTimeInterval(-1), .good), (end, .expired), (end.addingTimeInterval(86400), .expired),
        ]
        let judge = try ChainJudge(trustStore: fixtures.trust("root"))
        let (chain, staple) = (try fixtures.chain("good", "inter"), try fixtures.staple(name))
        for (time, status) in expected + expected.reversed() {
            #expect(judge.evidence(chain: chain, at: time, staple: staple).staple == status, "at \(time)")
        }
    }

    @Test("is remembered apart from the same chain with another one or none")
    func remembered() throws {
        let fixtures = try Fixtures.staples()
        let judge = try ChainJudge(trustStore: fixtures.trust("root"))
        let time = fixtures.made.addingTimeInterval(86400)
        let chain = try fixtures.chain("revoked", "inter")
        for _ in 0..<2 {
            #expect(judge.evidence(chain: chain, at: time).staple == nil)
            #expect(judge.evidence(chain: chain, at: time).problems.isEmpty)
            #expect(try judge.evidence(chain: chain, at: time, staple: fixtures.staple("revoked")).staple == .revoked)
            #expect(invalid(try judge.evidence(chain: chain, at: time, staple: fixtures.staple("good"))) != nil)
            // The bytes of the staple as one more certificate are another thing.
            let longer = judge.evidence(chain: try chain + [fixtures.staple("revoked")], at: time)
            #expect(longer.staple == nil && longer.problems == [.malformedCertificate])
        }
    }
}
