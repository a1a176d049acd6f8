import Crypto
import Foundation
import SwiftASN1
import X509

/// What a chain is asked to be.
struct CertificateOrder: Hashable, Sendable {
    let kind: CertificateKind
    /// dNSNames of the leaf, the first one also its common name.
    let names: [String]
}

/// A chain as a server sends it, leaf first, and the leaf's key.
struct MintedChain: Sendable {
    let certificates: [[UInt8]]
    let key: P256.Signing.PrivateKey
}

/// Makes the certificates of the lab's hosts. Which names and which mistakes follows from the order alone; dates are
/// relative to the time at which the lab was started.
struct CertificateMint: Sendable {
    let authorities: LabAuthorities
    private let leafKeys: [P256.Signing.PrivateKey]
    private let mixer: Mixer
    private let now: Date
    private static let day: TimeInterval = 24 * 3600

    init(authorities: LabAuthorities, mixer: Mixer, now: Date) throws {
        self.authorities = authorities
        self.mixer = mixer
        self.now = now
        leafKeys = try (0..<16).map { try LabAuthorities.key(seed: mixer.seed, label: "leaf \($0)") }
    }

    /// A fresh chain. Throws what swift-certificates throws for names that cannot be in a certificate.
    func mint(_ order: CertificateOrder) throws -> MintedChain {
        let draw = mixer.draw(.serial, name: order.names.joined(separator: ","))
        let key = leafKeys[Int(draw % UInt64(leafKeys.count))]
        let issuer = issuer(of: order.kind, key)
        let leaf = try leaf(order, draw, key, issuer)
        let der = try spoil(try leaf.derBytes(), order.kind, issuer.key)
        return MintedChain(certificates: try [der] + rest(of: order.kind), key: key)
    }

    private func issuer(of kind: CertificateKind, _ key: P256.Signing.PrivateKey) -> (
        authority: Authority?, key: P256.Signing.PrivateKey
    ) {
        switch kind {
        case .selfSigned: (nil, key)
        case .unknownAuthority: (authorities.unknownIntermediate, authorities.unknownIntermediate.key)
        default: (authorities.intermediate, authorities.intermediate.key)
        }
    }

    /// What is sent after the leaf.
    private func rest(of kind: CertificateKind) throws -> [[UInt8]] {
        switch kind {
        case .selfSigned, .missingIntermediate: []
        case .unknownAuthority: [try authorities.unknownIntermediate.der]
        default: [try authorities.intermediate.der]
        }
    }

    private func leaf(
        _ order: CertificateOrder, _ draw: UInt64, _ key: P256.Signing.PrivateKey,
        _ issuer: (authority: Authority?, key: P256.Signing.PrivateKey)
    ) throws -> Certificate {
        let subject = try DistinguishedName { CommonName(order.names.first { $0.utf8.count <= 64 } ?? "mail host") }
        let validity = validity(order.kind)
        let low = Mixer.scramble(draw)
        let serial =
            [0x40 | UInt8(draw >> 58)] + withUnsafeBytes(of: (draw.bigEndian, low.bigEndian)) { Array($0) }.dropFirst()
        return try Certificate(
            version: .v3, serialNumber: .init(bytes: serial), publicKey: .init(key.publicKey),
            notValidBefore: validity.lowerBound, notValidAfter: validity.upperBound,
            issuer: issuer.authority?.certificate.subject ?? subject, subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256, extensions: try extensions(order, key, issuer.key),
            issuerPrivateKey: .init(issuer.key))
    }

    private func validity(_ kind: CertificateKind) -> ClosedRange<Date> {
        switch kind {
        case .expired: now - 100 * Self.day...now - 10 * Self.day
        case .notYetValid: now + 10 * Self.day...now + 100 * Self.day
        case .expiresSoon: now - 80 * Self.day...now + 10 * Self.day
        default: now - 30 * Self.day...now + 335 * Self.day
        }
    }

    private func extensions(
        _ order: CertificateOrder, _ key: P256.Signing.PrivateKey, _ issuer: P256.Signing.PrivateKey
    ) throws -> Certificate.Extensions {
        try Certificate.Extensions {
            Critical(BasicConstraints.notCertificateAuthority)
            Critical(KeyUsage(digitalSignature: true))
            try ExtendedKeyUsage([order.kind == .wrongPurpose ? .clientAuth : .serverAuth])
            SubjectAlternativeNames(order.names.map { .dnsName($0) })
            SubjectKeyIdentifier(keyIdentifier: LabAuthorities.keyIdentifier(key))
            AuthorityKeyIdentifier(keyIdentifier: LabAuthorities.keyIdentifier(issuer))
            if order.kind == .missingIntermediate {
                AuthorityInformationAccess([
                    .init(method: .issuingCA, location: .uniformResourceIdentifier("http://ca.lab.test/issuing.der"))
                ])
            }
            if order.kind == .unknownCriticalExtension {
                // An OID of the arc for examples (RFC 5612), with NULL inside.
                Certificate.Extension(oid: [1, 3, 6, 1, 4, 1, 32473, 1], critical: true, value: [5, 0])
            }
        }
    }

    /// What no library makes on purpose.
    private func spoil(_ der: [UInt8], _ kind: CertificateKind, _ issuer: P256.Signing.PrivateKey) throws -> [UInt8] {
        switch kind {
        case .negativeSerial: try RawCertificate(der).signed(serial: [0x80, 0x5a] + der.suffix(6), by: issuer)
        case .badSignature: der.dropLast() + [(der.last ?? 0) ^ 1]
        default: der
        }
    }
}

/// A certificate taken apart as far as is needed to put what X.509 forbids into it.
struct RawCertificate {
    private let fields: [ASN1Node]
    private let algorithm: ASN1Node

    /// Throws when `der` is no certificate.
    init(_ der: [UInt8]) throws {
        let outer = try DER.parse(der)
        (fields, algorithm) = try DER.sequence(outer, identifier: .sequence) { nodes in
            guard let body = nodes.next(), let algorithm = nodes.next(), nodes.next() != nil else {
                throw LabError.configuration("a certificate is a sequence of three")
            }
            let fields = try DER.sequence(body, identifier: .sequence) { inner in
                var fields: [ASN1Node] = []
                while let field = inner.next() { fields.append(field) }
                return fields
            }
            return (fields, algorithm)
        }
    }

    /// The same certificate with these content octets as its serial number, signed again.
    func signed(serial: [UInt8], by key: P256.Signing.PrivateKey) throws -> [UInt8] {
        var body = DER.Serializer()
        body.appendConstructedNode(identifier: .sequence) { inner in
            for (index, field) in fields.enumerated() {
                if index == 1 {
                    inner.appendPrimitiveNode(identifier: .integer) { $0 += serial }
                } else {
                    inner.serialize(field)
                }
            }
        }
        let signature = try key.signature(for: body.serializedBytes).derRepresentation
        var outer = DER.Serializer()
        outer.appendConstructedNode(identifier: .sequence) { inner in
            inner.serializeRawBytes(body.serializedBytes)
            inner.serialize(algorithm)
            inner.appendPrimitiveNode(identifier: .bitString) { $0 += [0] + signature }
        }
        return outer.serializedBytes
    }
}
