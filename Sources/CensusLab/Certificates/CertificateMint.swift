import Crypto
import Foundation
import NIOConcurrencyHelpers
import SwiftASN1
import X509

/// What a chain is asked to be.
struct CertificateOrder: Hashable, Sendable {
    let kind: CertificateKind
    /// dNSNames of the leaf.
    let names: [String]
    /// Nil: the first of `names` that is short enough.
    var commonName: String?
}

/// A chain as a server sends it, leaf first, the leaf's key, and what is stapled.
struct MintedChain: Sendable {
    let certificates: [[UInt8]]
    /// DER of the private key.
    let key: [UInt8]
    /// DER of an OCSP response, or what stands in its place; nil: none.
    let staple: [UInt8]?
}

/// Makes the certificates of the lab's hosts. Which names and which mistakes follows from the order alone; dates are
/// relative to the time at which the lab was started.
struct CertificateMint: Sendable {
    let authorities: LabAuthorities
    private let odd = NIOLockedValueBox<OddAuthorities?>(nil)
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

    /// A fresh chain. Throws what swift-certificates throws for names that cannot be in a certificate, and `LabError`
    /// when OpenSSL does not make a key.
    func mint(_ order: CertificateOrder) throws -> MintedChain {
        let draw = mixer.draw(.serial, name: order.names.joined(separator: ","))
        let key = leafKeys[Int(draw % UInt64(leafKeys.count))]
        let chain = try chain(of: order.kind)
        let leaf = try leaf(order, draw, key, (chain.issuer, chain.issuer?.key ?? key)).derBytes()
        let finished = try spoil(leaf, order.kind, chain.issuer, chain.issuer?.key ?? key)
        let staple = try order.kind.staple.map { try stapleMaker.make($0, for: RawCertificate(finished)) }
        let keyBytes =
            order.kind.key == .p256 ? Array(key.derRepresentation) : try OpenSSLKey.of(order.kind.key).derRepresentation
        return MintedChain(certificates: [finished] + chain.rest, key: keyBytes, staple: staple)
    }

    private var stapleMaker: StapleMaker {
        StapleMaker(authority: authorities.intermediate, stranger: authorities.unknownIntermediate, now: now)
    }

    /// Who issues the leaf (nil: itself), and what is sent after it.
    private func chain(of kind: CertificateKind) throws -> (issuer: Authority?, rest: [[UInt8]]) {
        let usual = authorities.intermediate
        switch kind {
        case .selfSigned: return (nil, [])
        case .unknownAuthority: return (authorities.unknownIntermediate, [authorities.unknownIntermediate.der])
        case .missingIntermediate: return (usual, [])
        case .extraCertificate: return (usual, [usual.der, authorities.unknownIntermediate.der])
        case .doubledCertificate: return (usual, [usual.der, usual.der])
        case .rootIncluded: return (usual, [usual.der, authorities.root.der])
        case .hugeChain: return (usual, [usual.der] + hugeRest)
        default: return try oddChain(of: kind) ?? (usual, [usual.der])
        }
    }

    private func oddChain(of kind: CertificateKind) throws -> (issuer: Authority?, rest: [[UInt8]])? {
        switch kind {
        case .intermediateExpired: return try (oddAuthorities.expired, [oddAuthorities.expired.der])
        case .intermediateNotCA:
            return try (oddAuthorities.notCA, [oddAuthorities.notCA.der, oddAuthorities.upper.der])
        case .pathTooLong:
            return try (oddAuthorities.belowLimit, [oddAuthorities.belowLimit.der, authorities.intermediate.der])
        case .namesExcluded: return try (oddAuthorities.constrained, [oddAuthorities.constrained.der])
        case .weakIntermediateSignature: return try (oddAuthorities.weaklySigned, [oddAuthorities.weaklySigned.der])
        case .md5LeafSignature: return try (oddAuthorities.rsa, [oddAuthorities.rsa.der])
        case .misordered: return try (oddAuthorities.lower, [oddAuthorities.upper.der, oddAuthorities.lower.der])
        case .longChain: return try (oddAuthorities.ladder.last, oddAuthorities.ladder.reversed().map(\.der))
        default: return nil
        }
    }

    private var oddAuthorities: OddAuthorities {
        get throws {
            try odd.withLockedValue { known in
                if let known { return known }
                let made = try OddAuthorities(authorities)
                known = made
                return made
            }
        }
    }

    /// The same certificate over and over, until more than 160 KiB are together.
    private var hugeRest: [[UInt8]] {
        let filler = authorities.unknownIntermediate.der
        return Array(repeating: filler, count: 160 * 1024 / filler.count + 1)
    }

    private func leaf(
        _ order: CertificateOrder, _ draw: UInt64, _ key: P256.Signing.PrivateKey,
        _ issuer: (authority: Authority?, key: P256.Signing.PrivateKey)
    ) throws -> Certificate {
        let name = order.commonName ?? order.names.first { (1...64).contains($0.utf8.count) } ?? "mail host"
        let subject = try DistinguishedName { CommonName(name) }
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
            if order.kind == .addressOnly {
                SubjectAlternativeNames([.ipAddress(ASN1OctetString(contentBytes: [127, 0, 16, 1]))])
            } else if order.kind != .commonNameOnly {
                SubjectAlternativeNames(order.names.map { .dnsName($0) })
            }
            SubjectKeyIdentifier(keyIdentifier: LabAuthorities.keyIdentifier(key))
            AuthorityKeyIdentifier(keyIdentifier: LabAuthorities.keyIdentifier(issuer))
            if order.kind == .missingIntermediate {
                AuthorityInformationAccess([
                    .init(method: .issuingCA, location: .uniformResourceIdentifier("http://ca.lab.test/issuing.der"))
                ])
            }
            if order.kind == .mustStaple || order.kind == .stapleGood {
                // TLS feature: SEQUENCE { status_request } (RFC 7633 §4).
                Certificate.Extension(oid: [1, 3, 6, 1, 5, 5, 7, 1, 24], critical: false, value: [0x30, 3, 2, 1, 5])
            }
            if order.kind == .unknownCriticalExtension {
                // An OID of the arc for examples (RFC 5612), with NULL inside.
                Certificate.Extension(oid: [1, 3, 6, 1, 4, 1, 32473, 1], critical: true, value: [5, 0])
            }
        }
    }

    /// What no library makes on purpose.
    private func spoil(
        _ der: [UInt8], _ kind: CertificateKind, _ issuer: Authority?, _ key: P256.Signing.PrivateKey
    ) throws -> [UInt8] {
        var raw = try RawCertificate(der)
        var scheme = SignatureScheme.ecdsaSHA256(key)
        switch kind {
        case .badSignature: return der.dropLast() + [(der.last ?? 0) ^ 1]
        case .malformed: return Self.withoutSequence(der)
        case .negativeSerial: raw[.serial] = DERBytes.integer([0x80, 0x5a] + der.suffix(6))
        case .zeroSerial: raw[.serial] = DERBytes.integer([0])
        case .longSerial: raw[.serial] = DERBytes.integer([0x5a] + der.suffix(23))
        case .weakLeafSignature: scheme = .ecdsaSHA1(key)
        case .md5LeafSignature: if let rsa = issuer?.rsaKey { scheme = .rsaMD5(rsa) }
        default:
            guard kind.key != .p256 else { return der }
            raw[.publicKey] = try OpenSSLKey.of(kind.key).publicKeyInfo
        }
        return try raw.signed(by: scheme)
    }

    /// Where the body's SEQUENCE should begin stands a tag that nothing has.
    private static func withoutSequence(_ der: [UInt8]) -> [UInt8] {
        var bytes = der
        // After the outer tag and its length of three octets.
        bytes[4] = 0x3f
        return bytes
    }
}
