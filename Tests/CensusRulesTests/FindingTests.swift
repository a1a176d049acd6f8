import CensusModel
import CensusRules
import Foundation
import Testing

@Suite("Findings")
struct FindingTests {
    private func findings(
        _ observation: ProbeObservation = trusting(), _ evidence: ChainEvidence? = evidence()
    ) -> [Finding] {
        Judge.verdict(of: observation, evidence: evidence, at: noon).findings
    }

    @Test("are none for a good host")
    func good() {
        #expect(findings() == [])
        #expect(findings(trusting(), evidence(others: [intermediate, root])) == [])
    }

    @Test(
        "repeat what path validation found",
        arguments: Finding.allCases.filter { Outcome(rawValue: $0.rawValue) != nil })
    func path(finding: Finding) {
        // Serial number and name are not path validation's matter.
        guard finding != .negativeSerial, finding != .nameMismatch else { return }
        #expect(findings(trusting(), evidence(problems: [finding])) == [finding])
    }

    /// RFC 5280 §4.1.2.2.
    @Test(
        "tell odd serial numbers",
        arguments: [
            ("-05", 1, [.negativeSerial]), ("00", 1, [.zeroSerial]), ("0000", 2, [.zeroSerial]), ("01", 1, []),
            ("7f", 20, []), ("7f", 21, [.longSerial]), ("-ff", 40, [.negativeSerial, .longSerial]),
        ] as [(String, Int, [Finding])])
    func serial(serial: String, length: Int, expected: [Finding]) {
        #expect(findings(trusting(), evidence(facts(serial: serial, serialLength: length))) == expected)
    }

    @Test("tell how the host is named")
    func names() {
        #expect(findings(trusting(), evidence(facts(["other.example"]))) == [.nameMismatch])
        #expect(findings(trusting(), evidence(facts(["*.example.org"]))) == [.wildcard])
        #expect(findings(trusting(), evidence(facts([], commonName: "mx.example.org"))) == [.commonNameOnly])
        #expect(findings(trusting(), evidence(facts([], commonName: "*.example.org"))) == [.commonNameOnly, .wildcard])
        #expect(findings(trusting(host: nil), evidence()) == [.nameMismatch])
    }

    @Test(
        "tell versions that RFC 8996 deprecates",
        arguments: [("SSLv3", true), ("TLSv1", true), ("TLSv1.1", true), ("TLSv1.2", false), ("TLSv1.3", false)])
    func versions(version: String, old: Bool) {
        #expect(findings(trusting(session(version: version))).contains(.oldProtocol) == old)
    }

    /// Names of the IANA registry, and the bits that OpenSSL states for them.
    @Test(
        "tell suites that RFC 9325 §4.1 forbids",
        arguments: [
            ("TLS_RSA_WITH_RC4_128_SHA", 128, true), ("TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", 168, true),
            ("TLS_RSA_WITH_DES_CBC_SHA", 56, true), ("TLS_RSA_EXPORT_WITH_RC4_40_MD5", 40, true),
            ("TLS_RSA_WITH_NULL_SHA256", 0, true), ("TLS_DH_anon_WITH_AES_128_CBC_SHA", 128, true),
            ("TLS_AES_128_GCM_SHA256", 128, false), ("TLS_CHACHA20_POLY1305_SHA256", 256, false),
            ("TLS_RSA_WITH_AES_128_CBC_SHA", 128, false), ("TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384", 256, false),
        ])
    func ciphers(cipher: String, bits: Int, weak: Bool) {
        #expect(findings(trusting(session(cipher: cipher, bits: bits))) == (weak ? [.weakCipher] : []))
    }

    @Test("tell a session without forward secrecy, and a server that asks for a client certificate")
    func session_() {
        #expect(findings(trusting(session(forwardSecrecy: false))) == [.noForwardSecrecy])
        #expect(findings(trusting(session(clientCertificate: true))) == [.clientCertificateRequested])
        let required = observation {
            $0.starttlsOffered = true
            $0.failure = .handshake(.clientCertificateRequired)
        }
        #expect(findings(required, nil) == [.clientCertificateRequested])
    }

    @Test(
        "warn for the last 30 days",
        arguments: [(30.0, true), (29, true), (0.001, true), (30.001, false), (0, false), (-1, false)])
    func expiresSoon(days: Double, expected: Bool) {
        let leaf = facts(notAfter: noon.addingTimeInterval(days * day))
        #expect(findings(trusting(), evidence(leaf)).contains(.expiresSoon) == expected)
    }

    @Test("tell a certificate whose staple is missing")
    func staple() {
        #expect(findings(trusting(), evidence(facts(mustStaple: true))) == [.mustStapleMissing])
        #expect(findings(trusting(session(staple: [1])), evidence(facts(mustStaple: true))) == [])
    }

    @Test("tell chains in disorder from chains with too much in them")
    func chain() {
        let crossSigned = facts([], subject: "CN=Root", issuer: "CN=Older Root", fingerprint: 4)
        let stranger = facts([], subject: "CN=Stranger", issuer: "CN=Nobody", fingerprint: 5)
        let order = { (others: [CertificateFacts?]) in findings(trusting(), evidence(others: others)) }
        #expect(order([]) == [])
        #expect(order([intermediate, root]) == [])
        #expect(order([intermediate, crossSigned, root]) == [])
        #expect(order([intermediate, root, crossSigned]) == [])
        #expect(order([root, intermediate]) == [.misorderedChain])
        #expect(order([intermediate, stranger]) == [.extraCertificates])
        #expect(order([stranger, intermediate]) == [.extraCertificates])
        #expect(order([intermediate, intermediate]) == [.extraCertificates])
        #expect(order([stranger, root, intermediate]) == [.extraCertificates, .misorderedChain])
    }

    @Test("tell how the dialogue was held")
    func dialogue() {
        #expect(findings(trusting { $0.bareLineFeed = true }) == [.bareLineFeed])
        #expect(findings(trusting { $0.heloOnly = true }) == [.heloOnly])
        #expect(findings(trusting { $0.plaintextAfterSTARTTLS = "250 injected" }) == [.plaintextAfterSTARTTLS])
    }

    @Test("come in the order of their declaration, all at once")
    func order() {
        let probe = trusting(session(version: "TLSv1", cipher: "TLS_RSA_WITH_RC4_128_MD5", forwardSecrecy: false)) {
            $0.bareLineFeed = true
            $0.plaintextAfterSTARTTLS = "x"
        }
        let leaf = facts(["other.example"], serial: "-01", serialLength: 1)
        let all = findings(probe, evidence(leaf, problems: [.expired, .unknownAuthority]))
        #expect(
            all == [
                .negativeSerial, .unknownAuthority, .expired, .nameMismatch, .plaintextAfterSTARTTLS, .oldProtocol,
                .weakCipher, .noForwardSecrecy, .bareLineFeed,
            ])
        #expect(all == all.sorted())
    }
}
