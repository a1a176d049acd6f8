/// What one probe of one host address found: its first cause, or `trusted`.
///
/// The raw value is the code of the database table `outcome`, which is the single source for labels, explanations,
/// remedies and RFC 8460 result types. Order of the cases: earliest stage first; among certificate causes the order
/// in which they are preferred when several apply.
public enum Outcome: String, CaseIterable, Sendable, Codable {
    // Connecting.
    case refused, unreachable
    case connectTimeout = "connect_timeout"
    case reset
    // Greeting and EHLO.
    case greetingTimeout = "greeting_timeout"
    case greetingRejected = "greeting_rejected"
    case notSMTP = "not_smtp"
    case ehloRejected = "ehlo_rejected"
    case closed, stalled
    case protocolError = "protocol_error"
    // STARTTLS.
    case starttlsNotOffered = "starttls_not_offered"
    case starttlsStripped = "starttls_stripped"
    case starttlsRefused = "starttls_refused"
    // Handshake.
    case handshakeFailed = "handshake_failed"
    // Certificate, in order of preference.
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
    // Session under TLS.
    case postTLSFailure = "post_tls_failure"
    case trusted

    /// The stage of the dialogue at which this outcome is decided.
    public var stage: ProbeStage {
        switch self {
        case .refused, .unreachable, .connectTimeout, .reset: .connect
        case .greetingTimeout, .greetingRejected, .notSMTP, .ehloRejected, .closed, .stalled, .protocolError: .greeting
        case .starttlsNotOffered, .starttlsStripped, .starttlsRefused: .starttls
        case .handshakeFailed: .handshake
        case .malformedCertificate, .negativeSerial, .selfSigned, .unknownAuthority, .incompleteChain, .badSignature,
            .revoked, .notYetValid, .expired, .wrongPurpose, .constraintViolation, .weakCertificate, .nameMismatch:
            .certificate
        case .postTLSFailure: .session
        case .trusted: .trusted
        }
    }

    /// True when the host's SMTP server was heard: a greeting of its own was read, whatever came after.
    public var answeredSMTP: Bool {
        switch self {
        case .refused, .unreachable, .connectTimeout, .reset, .greetingTimeout, .notSMTP, .closed: false
        default: true
        }
    }
}

/// The stages of a probe in the order in which they happen.
public enum ProbeStage: String, CaseIterable, Sendable, Codable {
    case connect, greeting, starttls, handshake, certificate, session, trusted
}

/// Why a TLS handshake failed; only together with `Outcome.handshakeFailed`.
public enum HandshakeFailure: Hashable, Sendable {
    /// The server sent a fatal alert (RFC 8446 §6): its number.
    case alert(UInt8)
    case noCommonVersion
    case noCommonCipher
    case weakDH
    /// The bytes after the 220 were no TLS record.
    case notTLS
    case malformed
    case closed
    case reset
    case timeout
    case clientCertificateRequired
    /// Any other error of the TLS library: its reason text.
    case other(String)
}
