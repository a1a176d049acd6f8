import Crypto
import Foundation
import SwiftASN1
import X509

/// An authority of the lab: its certificate and its key.
struct Authority: Sendable {
    let certificate: Certificate
    let key: P256.Signing.PrivateKey

    var der: [UInt8] {
        get throws { try certificate.derBytes() }
    }
}

/// The authorities of the lab. Their keys follow from the seed, so that a trust file stays good when the lab is started
/// again; which also means that anybody can have them: never install a lab root anywhere else.
struct LabAuthorities: Sendable {
    /// In the trust file.
    let root: Authority
    let intermediate: Authority
    /// In no trust file.
    let unknownRoot: Authority
    let unknownIntermediate: Authority

    init(seed: UInt64, now: Date) throws {
        root = try Self.root("mxcensus lab root (never trust)", seed: seed, label: "root", now: now)
        intermediate = try Self.intermediate(
            "mxcensus lab issuing CA", under: root, seed: seed, label: "intermediate", now: now)
        unknownRoot = try Self.root("Basalt Private Root", seed: seed, label: "unknown root", now: now)
        unknownIntermediate = try Self.intermediate(
            "Basalt Private Issuing CA", under: unknownRoot, seed: seed, label: "unknown intermediate", now: now)
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
        let certificate = try Certificate(
            version: .v3, serialNumber: serial(label), publicKey: .init(key.publicKey),
            notValidBefore: now - 3600 * 24 * 365, notValidAfter: now + 3600 * 24 * 3650, issuer: subject,
            subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256, extensions: try extensions(pathLength: nil, of: key, issuer: key),
            issuerPrivateKey: .init(key))
        return Authority(certificate: certificate, key: key)
    }

    private static func intermediate(
        _ name: String, under root: Authority, seed: UInt64, label: String, now: Date
    ) throws -> Authority {
        let key = try key(seed: seed, label: label)
        let certificate = try Certificate(
            version: .v3, serialNumber: serial(label), publicKey: .init(key.publicKey),
            notValidBefore: now - 3600 * 24 * 300, notValidAfter: now + 3600 * 24 * 1800,
            issuer: root.certificate.subject, subject: try DistinguishedName { CommonName(name) },
            signatureAlgorithm: .ecdsaWithSHA256, extensions: try extensions(pathLength: 0, of: key, issuer: root.key),
            issuerPrivateKey: .init(root.key))
        return Authority(certificate: certificate, key: key)
    }

    private static func serial(_ label: String) -> Certificate.SerialNumber {
        Certificate.SerialNumber(bytes: [1] + SHA256.hash(data: Data(label.utf8)).prefix(15))
    }

    private static func extensions(
        pathLength: Int?, of key: P256.Signing.PrivateKey, issuer: P256.Signing.PrivateKey
    ) throws -> Certificate.Extensions {
        try Certificate.Extensions {
            Critical(BasicConstraints.isCertificateAuthority(maxPathLength: pathLength))
            Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            SubjectKeyIdentifier(keyIdentifier: keyIdentifier(key))
            AuthorityKeyIdentifier(keyIdentifier: keyIdentifier(issuer))
        }
    }

    static func keyIdentifier(_ key: P256.Signing.PrivateKey) -> ArraySlice<UInt8> {
        Array(Insecure.SHA1.hash(data: key.publicKey.x963Representation))[...]
    }
}

extension Certificate {
    func derBytes() throws -> [UInt8] {
        var serializer = DER.Serializer()
        try serializer.serialize(self)
        return serializer.serializedBytes
    }
}
