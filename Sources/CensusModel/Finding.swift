/// Something worth telling the postmaster about a probe. Every certificate cause is a finding as well as a possible
/// outcome; the others never make a probe fail by themselves. The raw value is the code used in the database.
public enum Finding: String, CaseIterable, Sendable, Codable, Comparable {
    // Certificate causes: the same codes as the outcomes.
    case malformedCertificate = "malformed_certificate"
    case negativeSerial = "negative_serial"
    case selfSigned = "self_signed"
    case unknownAuthority = "unknown_authority"
    case incompleteChain = "incomplete_chain"
    case badSignature = "bad_signature"
    case revoked
    case notYetValid = "not_yet_valid"
    case expired
    case wrongPurpose = "wrong_purpose"
    case constraintViolation = "constraint_violation"
    case weakCertificate = "weak_certificate"
    case nameMismatch = "name_mismatch"
    // Remarks.
    /// Plaintext after the 220 to STARTTLS: command-injection risk (RFC 3207 §4.2, CVE-2011-0411).
    case plaintextAfterSTARTTLS = "plaintext_after_starttls"
    /// SSL 3.0, TLS 1.0 or 1.1 (RFC 8996).
    case oldProtocol = "old_protocol"
    case weakCipher = "weak_cipher"
    case noForwardSecrecy = "no_forward_secrecy"
    /// The ephemeral Diffie-Hellman key of the session has fewer than 2048 bits (RFC 9325 §4.5).
    case weakDH = "weak_dh"
    /// The server's key is shorter than RFC 9325 §4.5 asks for.
    case weakKey = "weak_key"
    /// The server signed the handshake with MD5 or SHA-1 (RFC 9155).
    case weakSignature = "weak_signature"
    /// The host name is only in the subject's common name (RFC 9525 §2).
    case commonNameOnly = "common_name_only"
    case wildcard
    case extraCertificates = "extra_certificates"
    case misorderedChain = "misordered_chain"
    case expiresSoon = "expires_soon"
    case mustStapleMissing = "must_staple_missing"
    /// The stapled OCSP response proves nothing about the certificate (RFC 6960 §3.2).
    case stapleInvalid = "staple_invalid"
    /// The stapled OCSP response is not current (RFC 6960 §4.2.2.1).
    case stapleExpired = "staple_expired"
    case zeroSerial = "zero_serial"
    case longSerial = "long_serial"
    case bareLineFeed = "bare_line_feed"
    case heloOnly = "helo_only"
    case clientCertificateRequested = "client_certificate_requested"
    /// Without SNI (RFC 6066 §3) the host shows another certificate, or none. Only with a second look.
    case sniDependent = "sni_dependent"

    /// Order of declaration: certificate causes in order of preference, then remarks.
    public static func < (left: Finding, right: Finding) -> Bool { left.order < right.order }

    private var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
