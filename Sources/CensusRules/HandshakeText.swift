import CensusModel

/// Why a handshake failed, in words.
enum HandshakeText {
    /// `step` is how far the handshake got, nil when that is not known; `duration` is empty or ` after N s`.
    static func text(for failure: HandshakeFailure, at step: HandshakeStep?, after duration: String) -> String {
        reason(failure, duration) + (step.map { ", " + place($0) } ?? "")
    }

    private static func place(_ step: HandshakeStep) -> String {
        switch step {
        case .clientHello: "after our ClientHello"
        case .serverHello: "after its ServerHello"
        case .encryptedExtensions: "after its EncryptedExtensions"
        case .certificate: "after its Certificate"
        case .certificateStatus: "after its CertificateStatus"
        case .serverKeyExchange: "after its ServerKeyExchange"
        case .certificateRequest: "after its CertificateRequest"
        case .serverHelloDone: "after its ServerHelloDone"
        case .certificateVerify: "after its CertificateVerify"
        case .finished: "after its Finished"
        }
    }

    private static func reason(_ failure: HandshakeFailure, _ duration: String) -> String {
        switch failure {
        case .alert(let number): "the server sent TLS alert \(number) (\(alertName(number)))"
        case .noCommonVersion: "no TLS version in common"
        case .noCommonCipher: "no cipher suite in common"
        case .weakDH: "the server's Diffie-Hellman group is too small"
        case .notTLS: "the server did not speak TLS after its 220 to STARTTLS"
        case .malformed: "malformed TLS message in the handshake"
        case .closed: "connection closed during the TLS handshake"
        case .reset: "connection reset during the TLS handshake"
        case .timeout: "no TLS session\(duration)"
        case .clientCertificateRequired: "the server demands a client certificate"
        case .other(let reason): "TLS handshake failed: \(reason)"
        }
    }

    /// The name in RFC 8446 §6 and its predecessors.
    static func alertName(_ number: UInt8) -> String { alertNames[number] ?? "unknown" }

    private static let alertNames: [UInt8: String] = [
        0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed",
        22: "record_overflow", 30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate",
        42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired",
        46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied",
        50: "decode_error", 51: "decrypt_error", 60: "export_restriction", 70: "protocol_version",
        71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback", 90: "user_canceled",
        100: "no_renegotiation", 109: "missing_extension", 110: "unsupported_extension",
        112: "unrecognized_name", 113: "bad_certificate_status_response", 115: "unknown_psk_identity",
        116: "certificate_required", 120: "no_application_protocol",
    ]
}
