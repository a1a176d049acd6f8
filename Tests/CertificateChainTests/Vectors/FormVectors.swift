import CMXOpenSSL
import CensusModel

extension Vector {
    /// Dates (RFC 5280 §4.1.2.5), serial numbers (§4.1.2.2), versions (§4.1.2.1), encoding.
    static let forms: [Vector] = dates + serials + versions + encoding

    private static func dated(
        _ idea: String, _ findings: Set<Finding>, _ validity: ClosedRange<Int>, later: Int = 0
    ) -> Vector {
        Vector(idea, findings) { make, root in
            var sent = send([try make.leaf(by: root) { $0.validity = validity }], root)
            sent.later = later
            return sent
        }
    }

    private static let dates: [Vector] = [
        // rfc5280::validity::expired-leaf
        dated("a leaf that has expired", [.expired], -100 * day ... -day),
        dated("a leaf that is not valid yet", [.notYetValid], day...100 * day),
        // rfc5280::validity::notafter-exact: the last second counts.
        dated("the last second of validity", [], -100 * day...0),
        dated("the second after it", [.expired], -100 * day...0, later: 1),
        // rfc5280::validity::notbefore-exact
        dated("the first second of validity", [], 0...100 * day),
        dated("the second before it", [.notYetValid], 0...100 * day, later: -1),
        dated("30 days left", [.expiresSoon], -100 * day...30 * day),
        dated("a little more than 30 days left", [], -100 * day...30 * day + 1),
        dated("a date beyond 2049, which has another form", [], -100 * day...90 * 365 * day),
        // rfc5280::validity::expired-intermediate
        Vector("an intermediate that has expired", [.expired]) { make, root in
            let authority = try make.ca("Intermediate", by: root) { $0.validity = -100 * day ... -day }
            return send([try make.leaf(by: authority), authority], root)
        },
        Vector("an intermediate that is not valid yet", [.notYetValid]) { make, root in
            let authority = try make.ca("Intermediate", by: root) { $0.validity = day...100 * day }
            return send([try make.leaf(by: authority), authority], root)
        },
    ]

    private static func serial(_ idea: String, _ findings: Set<Finding>, _ serial: [UInt8], negative: Bool = false)
        -> Vector
    {
        .leaf(idea, findings, "keyUsage=digitalSignature") {
            $0.serial = serial
            $0.serialIsNegative = negative
        }
    }

    private static let serials: [Vector] = [
        // invalid::negative-serial
        serial("a negative serial number", [.negativeSerial], [5], negative: true),
        // rfc5280::serial::zero
        serial("the serial number zero", [.zeroSerial], [0]),
        serial("a serial number of 20 octets", [], [0x7f] + Array(repeating: 1, count: 19)),
        // rfc5280::serial::too-long
        serial("a serial number of 21 octets", [.longSerial], [0x80] + Array(repeating: 1, count: 19)),
    ]

    private static let versions: [Vector] = [
        Vector("a version 1 leaf, which can have no extensions", [.commonNameOnly]) { make, root in
            let leaf = try make.leaf(by: root) {
                $0.version = 0
                $0.extensions = []
            }
            return send([leaf], root)
        },
        // webpki::v1-cert
        .leaf("a version 2 leaf with extensions", [], "keyUsage=digitalSignature") { $0.version = 1 },
        Vector("a version 1 intermediate", [.constraintViolation]) { make, root in
            let authority = try make.ca("Intermediate", by: root) {
                $0.version = 0
                $0.extensions = []
            }
            return send([try make.leaf(by: authority, "authorityKeyIdentifier="), authority], root)
        },
        .leaf("a must-staple leaf without a staple", [.mustStapleMissing], "tlsfeature=status_request"),
    ]

    /// A leaf under the root, with its bytes changed.
    private static func bytes(
        _ idea: String, _ findings: Set<Finding>, _ change: @escaping @Sendable (inout [UInt8]) -> Void
    ) -> Vector {
        Vector(idea, findings) { make, root in
            var sent = send([try make.leaf(by: root)], root)
            change(&sent.chain[0])
            return sent
        }
    }

    /// ecdsa-with-SHA256; the next arc is SHA-384.
    private static let algorithm: [UInt8] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]

    private static let encoding: [Vector] = [
        bytes("a byte after the certificate", [.malformedCertificate]) { $0.append(0) },
        bytes("a certificate cut short", [.malformedCertificate]) { $0.removeLast() },
        bytes("nothing", [.malformedCertificate]) { $0 = [] },
        bytes("text", [.malformedCertificate]) { $0 = Array("-----BEGIN CERTIFICATE-----".utf8) },
        bytes("a changed signature", [.badSignature]) { $0[$0.count - 1] ^= 1 },
        bytes("a letter of a name in the other case", [.badSignature]) { der in
            let last = der.indices.last { der[$0...].starts(with: "mx.example".utf8) }
            if let last { der[last] = UInt8(ascii: "M") }
        },
        // rfc5280::mismatching-signature-algorithm
        bytes("another algorithm outside than inside", [.badSignature]) { der in
            let last = der.indices.last { der[$0...].starts(with: algorithm) }
            if let last { der[last + 7] = 3 }
        },
        Vector("an intermediate that is no certificate", [.malformedCertificate]) { make, root in
            var sent = send([try make.leaf(by: root)], root)
            sent.chain.append([0x30, 0x03, 0x02, 0x01, 0x05])
            return sent
        },
        // rfc5280::duplicate-extensions
        .leaf("an extension twice", [.malformedCertificate], "+extendedKeyUsage=serverAuth"),
        .leaf("names that are no names", [.malformedCertificate, .nameMismatch], "subjectAltName=DER:0500"),
        .leaf("basic constraints that are none", [.malformedCertificate], "basicConstraints=DER:0500"),
        .leaf(
            "name constraints that are none, in the intermediate", [.malformedCertificate],
            "keyUsage=digitalSignature", authority: "nameConstraints=critical,DER:0500"),
        // rfc5280::ee-critical-aia-invalid
        .leaf(
            "a critical extension that is not looked at", [.constraintViolation],
            "authorityInfoAccess=critical,DER:0500"),
    ]

    private static func key(_ idea: String, _ findings: Set<Finding>, _ key: MadeKey) -> Vector {
        .leaf(idea, findings, "keyUsage=digitalSignature") { $0.key = key }
    }

    /// A path whose intermediate has this key, and so signs with it.
    private static func signed(
        _ idea: String, _ findings: Set<Finding>, _ key: MadeKey, _ digest: @escaping @Sendable () -> OpaquePointer?
    ) -> Vector {
        Vector(idea, findings) { make, root in
            let authority = try make.ca("Intermediate", by: root) { $0.key = key }
            return send([try make.leaf(by: authority) { $0.digest = digest() }, authority], root)
        }
    }

    /// Keys and signatures: what can be broken is no proof, what is merely short is remarked.
    static let strengths: [Vector] = [
        key("P-256", [], .curve(NID_X9_62_prime256v1)),
        key("P-384", [], .curve(NID_secp384r1)),
        key("P-521", [], .curve(NID_secp521r1)),
        // webpki::forbidden-p192-leaf
        key("P-192", [.weakKey], .curve(NID_X9_62_prime192v1)),
        key("a curve of 112 bits", [.weakCertificate, .weakKey], .curve(NID_secp112r1)),
        // webpki::explicit-curve
        key("a curve that is written out", [.constraintViolation], .explicitCurve(NID_X9_62_prime256v1)),
        key("Ed25519", [], .ed25519),
        key("Ed448", [], .ed448),
        key("RSA-PSS, 2048 bits", [], .rsaPSS(2048)),
        key("RSA, 2048 bits", [], .rsa(2048)),
        // webpki::forbidden-rsa-key-not-divisible-by-8-in-leaf
        key("RSA, 2052 bits", [], .rsa(2052)),
        // webpki::forbidden-weak-rsa-in-leaf
        key("RSA, 1024 bits", [.weakKey], .rsa(1024)),
        key("RSA, 1016 bits", [.weakCertificate, .weakKey], .rsa(1016)),
        signed("signed with Ed25519", [], .ed25519) { nil },
        signed("signed with Ed448", [], .ed448) { nil },
        signed("signed with RSA-PSS", [], .rsaPSS(2048)) { EVP_sha256() },
        signed("signed with RSA and SHA-512", [], .rsa(2048)) { EVP_sha512() },
        signed("signed with RSA and MD5", [.weakCertificate], .rsa(2048)) { EVP_md5() },
        signed("signed with RSA and SHA-1", [.weakCertificate], .rsa(2048)) { EVP_sha1() },
        signed("signed with RSA-PSS and SHA-1", [.weakCertificate], .rsaPSS(2048)) { EVP_sha1() },
        // bettertls: INVALID_REASON_DEPRECATED_CRYPTO
        signed("signed with ECDSA and SHA-1", [.weakCertificate], .curve(NID_X9_62_prime256v1)) { EVP_sha1() },
        Vector("an intermediate signed with SHA-1", [.weakCertificate]) { make, root in
            let authority = try make.ca("Intermediate", by: root) { $0.digest = EVP_sha1() }
            return send([try make.leaf(by: authority), authority], root)
        },
        // webpki::forbidden-weak-rsa-key-in-root: anchors are trusted as they are.
        Vector("a trusted root that signed itself with SHA-1", []) { make, _ in
            let root = try make.ca("Old Root", by: nil) { $0.digest = EVP_sha1() }
            return send([try make.leaf(by: root), root], root)
        },
        Vector("a trusted leaf with a key of 112 bits", [.weakCertificate, .weakKey]) { make, _ in
            let leaf = try make.leaf(by: nil) { $0.key = .curve(NID_secp112r1) }
            return send([leaf], leaf)
        },
    ]
}
