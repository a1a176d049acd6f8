import CMXOpenSSL
import CensusModel

/// Whether a certificate's key or signature can still prove anything.
///
/// Judged apart from path validation, which runs at security level 0: at higher levels OpenSSL reports a short key
/// *instead of* an unknown issuer. The bar is what can be broken in public, not what is recommended:
///
/// - RSA, RSA-PSS and DSA keys under 1024 bits. RSA-768 was factored in 2009 (Kleinjung et al., CRYPTO 2010);
///   1024 bits are the 80-bit class of NIST SP 800-57 part 1, table 2, deprecated but not known to be broken.
/// - Elliptic curves under 160 bits, the same class in the same table.
/// - Signatures with MD2, MD4, MD5 (RFC 6151; rogue authority of 2008) or SHA-1 (RFC 9155; SHAttered, 2017), except
///   the signature of a self-signed certificate, which nobody relies on (RFC 5280 §6.1: trust anchors are not verified).
enum Strength {
    static let minimumModulusBits = 1024
    static let minimumCurveBits = 160

    /// What is weak, for people; nil when nothing is. A key that cannot be read (0 bits) is not called weak.
    static func weakness(of certificate: OpaquePointer, facts: CertificateFacts) -> String? {
        let minimum =
            switch facts.keyAlgorithm {
            case "RSA", "RSA-PSS", "DSA": minimumModulusBits
            case "EC": minimumCurveBits
            default: 0
            }
        if facts.keyBits > 0, facts.keyBits < minimum {
            return "\(facts.keyAlgorithm) key of only \(facts.keyBits) bits"
        }
        guard !facts.isSelfSigned else { return nil }
        var digest: Int32 = 0
        guard X509_get_signature_info(certificate, &digest, nil, nil, nil) == 1 else { return nil }
        switch digest {
        case NID_md2, NID_md4, NID_md5, NID_sha1, NID_md5_sha1:
            return "signed with \(facts.signatureAlgorithm)"
        default:
            return nil
        }
    }
}
