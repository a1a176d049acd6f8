import CMXOpenSSL
import CensusModel

extension HandshakeFailure {
    /// Names the error that OpenSSL has just reported, and empties this thread's error queue.
    ///
    /// What counts, in this order: an alert from the server; the reasons that have a name of their own; the alert that
    /// OpenSSL sent to the server, which says what it minds in words that do not change between its versions.
    init(queueOf record: HandshakeRecord) {
        let errors = Self.drainQueue()
        if let number = record.alertReceived {
            self = Self.named(alert: number, certificateRequested: record.clientCertificateRequested)
        } else if let failure = errors.lazy.compactMap(Self.named(error:)).first {
            self = failure
        } else if let number = record.alertSent, let failure = Self.named(ownAlert: CInt(number)) {
            self = failure
        } else {
            let reason = errors.first.flatMap { ERR_reason_error_string($0) }.map { String(cString: $0) }
            self = .other(EscapedText.escape((reason ?? "unknown error of the TLS library").utf8, limit: 128))
        }
    }

    /// All errors of this thread, oldest first.
    private static func drainQueue() -> [UInt] {
        var errors: [UInt] = []
        while case let error = ERR_get_error(), error != 0 { errors.append(UInt(error)) }
        return errors
    }

    private static func named(alert number: UInt8, certificateRequested: Bool) -> HandshakeFailure {
        switch CInt(number) {
        case SSL_AD_CERTIFICATE_REQUIRED: .clientCertificateRequired
        // Before TLS 1.3 there was no alert for it: servers use one of these (RFC 5246 §7.4.6), GnuTLS decode_error.
        case SSL_AD_HANDSHAKE_FAILURE where certificateRequested, SSL_AD_BAD_CERTIFICATE where certificateRequested,
            SSL_AD_DECODE_ERROR where certificateRequested:
            .clientCertificateRequired
        case SSL_AD_PROTOCOL_VERSION: .noCommonVersion
        case SSL_AD_INSUFFICIENT_SECURITY: .noCommonCipher
        default: .alert(number)
        }
    }

    private static func named(error: UInt) -> HandshakeFailure? {
        let reason = cmx_error_reason(error)
        if cmx_error_library(error) == ERR_LIB_DH {
            return reason == DH_R_MODULUS_TOO_SMALL ? .weakDH : nil
        }
        guard cmx_error_library(error) == ERR_LIB_SSL else { return nil }
        return switch reason {
        case SSL_R_DH_KEY_TOO_SMALL, SSL_R_BAD_DH_VALUE: .weakDH
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_WRONG_SSL_VERSION, SSL_R_VERSION_TOO_LOW, SSL_R_VERSION_TOO_HIGH:
            .noCommonVersion
        case SSL_R_WRONG_CIPHER_RETURNED, SSL_R_UNKNOWN_CIPHER_RETURNED: .noCommonCipher
        case SSL_R_UNEXPECTED_EOF_WHILE_READING: .closed
        // The chain is longer than `TLSContext.chainLimit`.
        case SSL_R_EXCESSIVE_MESSAGE_SIZE: .other("excessive message size")
        default: nil
        }
    }

    private static func named(ownAlert number: CInt) -> HandshakeFailure? {
        switch number {
        case SSL_AD_PROTOCOL_VERSION: .noCommonVersion
        case SSL_AD_UNEXPECTED_MESSAGE, SSL_AD_BAD_RECORD_MAC, SSL_AD_RECORD_OVERFLOW, SSL_AD_DECODE_ERROR,
            SSL_AD_DECRYPT_ERROR, SSL_AD_ILLEGAL_PARAMETER, SSL_AD_BAD_CERTIFICATE, SSL_AD_UNSUPPORTED_EXTENSION,
            SSL_AD_MISSING_EXTENSION:
            .malformed
        default: nil
        }
    }
}
