import CensusModel
import Foundation
import Testing

@testable import CertificateChain

@Suite("Facts of a certificate")
struct FactsTests {
    private func facts(_ name: String) throws -> CertificateFacts {
        try #require(certificateFacts(der: Fixtures.get().der(name)))
    }

    @Test(
        "agree with what openssl x509 prints", arguments: ["good", "root", "negative", "serial20", "ed25519", "names"])
    func openssl(name: String) throws {
        let fixtures = try Fixtures.get()
        let facts = try facts(name)
        let hex = facts.fingerprint.map { String(format: "%02X", $0) }.joined(separator: ":")
        #expect(try fixtures.openssl(name, "-fingerprint", "-sha256") == "sha256 Fingerprint=\(hex)\n")
        #expect(try fixtures.openssl(name, "-serial") == "serial=\(facts.serial.uppercased())\n")
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "UTC")
        format.dateFormat = "MMM d HH:mm:ss yyyy 'GMT'"
        let dates = try fixtures.openssl(name, "-dates").split(separator: "\n").map { line in
            format.date(from: String(line.drop { $0 != "=" }.dropFirst()).replacingOccurrences(of: "  ", with: " "))
        }
        #expect(dates == [facts.notBefore, facts.notAfter])
    }

    @Test("tell a self-signed authority from a leaf")
    func flags() throws {
        let root = try facts("root")
        #expect(root.isSelfSigned && root.isCA)
        let good = try facts("good")
        #expect(!good.isSelfSigned && !good.isCA && !good.mustStaple && !good.namesIssuerLocation)
        #expect(try facts("staple").mustStaple)
        #expect(try facts("located").namesIssuerLocation)
        #expect(try !facts("ldap").namesIssuerLocation)
    }

    @Test("hold the dNSName entries in lower case, and neither IP addresses nor the common name")
    func names() throws {
        let facts = try facts("names")
        #expect(facts.dnsNames == ["mx.example.org", "*.example.org"])
        #expect(facts.commonName == "mx.example.org")
        #expect(facts.subject == #"CN=mx.example.org,CN=first,O=Umlaut\, \"quoted\",C=DE"#)
        #expect(facts.issuer == "CN=inter,O=Test Authority")
        let nameless = try self.facts("nameless")
        #expect(nameless.subject.isEmpty && nameless.commonName == nil)
    }

    @Test(
        "name key and signature",
        arguments: [
            ("good", "EC", 256, "ecdsa-with-SHA256"), ("p521", "EC", 521, "ecdsa-with-SHA256"),
            ("rsa1024", "RSA", 1024, "ecdsa-with-SHA256"), ("ed25519", "ED25519", 256, "ecdsa-with-SHA256"),
            ("sha1", "EC", 256, "ecdsa-with-SHA1"),
        ])
    func algorithms(name: String, key: String, bits: Int, signature: String) throws {
        let facts = try facts(name)
        #expect(facts.keyAlgorithm == key && facts.keyBits == bits && facts.signatureAlgorithm == signature)
    }

    @Test(
        "count the octets of a serial number as DER writes it",
        arguments: [
            ("negative", "-05", 1), ("zero", "00", 1), ("serial20", "7f00112233445566778899aabbccddeeff001122", 20),
            ("serial21", "8000112233445566778899aabbccddeeff001122", 21),
        ])
    func serials(name: String, text: String, length: Int) throws {
        let facts = try facts(name)
        #expect(facts.serial == text && facts.serialLength == length)
    }

    /// X.690 §8.3: two's complement, shortest form.
    @Test(
        "know when a sign octet is needed",
        arguments: [
            ([0x7f], false, 1), ([0x80], false, 2), ([0x80], true, 1), ([0x81], true, 2), ([0x80, 0], true, 2),
            ([0x80, 1], true, 3), ([0xff, 0xff], false, 3),
        ] as [([UInt8], Bool, Int)])
    func signOctet(magnitude: [UInt8], negative: Bool, length: Int) {
        #expect(SerialNumber(magnitude: magnitude, negative: negative).contentLength == length)
    }

    @Test("are nil for bytes that are not exactly one certificate")
    func malformed() throws {
        let good = try Fixtures.get().der("good")
        #expect(certificateFacts(der: good) != nil)
        #expect(certificateFacts(der: good + [0]) == nil)
        #expect(certificateFacts(der: good.dropLast()) == nil)
        #expect(certificateFacts(der: []) == nil)
        #expect(certificateFacts(der: Array("HTTP/1.1 400 Bad Request".utf8)) == nil)
    }
}
