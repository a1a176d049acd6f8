import Crypto
import Foundation
import SwiftASN1
import X509

/// An authority of the lab: its certificate and its key.
struct Authority: Sendable {
    /// As swift-certificates made it. Its names and extensions are those of `der`.
    let certificate: Certificate
    let key: P256.Signing.PrivateKey
    /// As it is sent.
    var der: [UInt8]
    /// Signs in the place of `key`; nil for all but one authority.
    var rsaKey: OpenSSLKey?
}

/// The authorities of the lab. Their keys follow from the seed, so that a trust file stays good when the lab is started
/// again; which also means that anybody can have them: never install a lab root anywhere else.
struct LabAuthorities: Sendable {
    let seed: UInt64
    let now: Date
    /// In the trust file.
    let root: Authority
    let intermediate: Authority
    /// In no trust file.
    let unknownRoot: Authority
    let unknownIntermediate: Authority

    init(seed: UInt64, now: Date) throws {
        self.seed = seed
        self.now = now
        root = try Self.root("mxcensus lab root (never trust)", seed: seed, label: "root", now: now)
        intermediate = try Self.issue(
            AuthorityOrder(name: "mxcensus lab issuing CA", label: "intermediate"), under: root, seed: seed, now: now)
        unknownRoot = try Self.root("Basalt Private Root", seed: seed, label: "unknown root", now: now)
        unknownIntermediate = try Self.issue(
            AuthorityOrder(name: "Basalt Private Issuing CA", label: "unknown intermediate"), under: unknownRoot,
            seed: seed, now: now)
    }

    /// The trust file: the one root that scanners of the lab must trust.
    var trustPEM: String {
        get throws { try root.certificate.serializeAsPEM().pemString + "\n" }
    }

    /// A P-256 key made from the seed. SHA-256 is below the order of the curve but for a chance of 2^-32, when the next
    /// counter is taken.
    static func key(seed: UInt64, label: String) throws -> P256.Signing.PrivateKey {
        for counter in 0..<8 {
            let digest = SHA256.hash(data: Data("mxcensus lab \(seed) \(label) \(counter)".utf8))
            if let key = try? P256.Signing.PrivateKey(rawRepresentation: Array(digest)) { return key }
        }
        throw LabError.configuration("seed \(seed) gives no key for \(label); choose another seed")
    }

    private static func root(_ name: String, seed: UInt64, label: String, now: Date) throws -> Authority {
        let key = try key(seed: seed, label: label)
        let subject = try DistinguishedName { CommonName(name) }
        let order = AuthorityOrder(name: name, label: label, pathLength: nil)
        let certificate = try Certificate(
            version: .v3, serialNumber: serial(label), publicKey: .init(key.publicKey),
            notValidBefore: now - 3600 * 24 * 365, notValidAfter: now + 3600 * 24 * 3650, issuer: subject,
            subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try extensions(order, of: key, issuer: key), issuerPrivateKey: .init(key))
        return Authority(certificate: certificate, key: key, der: try certificate.derBytes())
    }

    /// A fresh authority under `parent`.
    static func issue(
        _ order: AuthorityOrder, under parent: Authority, seed: UInt64, now: Date
    ) throws -> Authority {
        let key = try key(seed: seed, label: order.label)
        let certificate = try Certificate(
            version: .v3, serialNumber: serial(order.label), publicKey: .init(key.publicKey),
            notValidBefore: now - 3600 * 24 * 300, notValidAfter: now + 3600 * 24 * (order.isExpired ? -10 : 1800),
            issuer: parent.certificate.subject, subject: try DistinguishedName { CommonName(order.name) },
            signatureAlgorithm: .ecdsaWithSHA256, extensions: try extensions(order, of: key, issuer: parent.key),
            issuerPrivateKey: .init(parent.key))
        return Authority(certificate: certificate, key: key, der: try certificate.derBytes())
    }

    private static func serial(_ label: String) -> Certificate.SerialNumber {
        Certificate.SerialNumber(bytes: [1] + SHA256.hash(data: Data(label.utf8)).prefix(15))
    }

    private static func extensions(
        _ order: AuthorityOrder, of key: P256.Signing.PrivateKey, issuer: P256.Signing.PrivateKey
    ) throws -> Certificate.Extensions {
        try Certificate.Extensions {
            if order.isAuthority {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: order.pathLength))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            } else {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
            }
            if let domain = order.permittedDomain {
                Critical(NameConstraints(permittedDNSDomains: [domain]))
            }
            SubjectKeyIdentifier(keyIdentifier: keyIdentifier(key))
            AuthorityKeyIdentifier(keyIdentifier: keyIdentifier(issuer))
        }
    }

    static func keyIdentifier(_ key: P256.Signing.PrivateKey) -> ArraySlice<UInt8> {
        Array(Insecure.SHA1.hash(data: key.publicKey.x963Representation))[...]
    }
}

/// What an authority is asked to be.
struct AuthorityOrder: Sendable {
    let name: String
    /// Its key and serial number follow from this.
    let label: String
    /// Nil: no limit.
    var pathLength: Int? = 0
    var isAuthority = true
    var isExpired = false
    /// Nil: any.
    var permittedDomain: String?
}

extension Certificate {
    func derBytes() throws -> [UInt8] {
        var serializer = DER.Serializer()
        try serializer.serialize(self)
        return serializer.serializedBytes
    }
}
