import CensusModel

/// The dialogue under TLS: EHLO once more (RFC 3207 §4.2: all that was learned before is forgotten).
struct SecureDialogue: Sendable {
    /// Takes the whole reply to EHLO and records it in `observation`; returns why the session failed, nil when it did not.
    func replied(_ reply: SMTPReply, into observation: inout ProbeObservation) -> ProbeFailure? {
        observation.ehloUnderTLS = reply
        switch ReplyClass(reply) {
        case .positive: return nil
        case .refused: return .rejected(.ehloUnderTLS)
        case .intermediate: return .protocolError(.ehloUnderTLS)
        }
    }

    /// What a fatal error of the TLS layer means after our side has finished the handshake.
    ///
    /// In TLS 1.3 the client is done before the server has looked at the client's last flight: an alert in place of the
    /// first answer is the server's end of the handshake (RFC 8446 §4.4.2.4, §6.2). Other errors are broken records.
    func tlsFailed(_ failure: HandshakeFailure) -> ProbeFailure {
        switch failure {
        case .alert, .noCommonVersion, .noCommonCipher, .clientCertificateRequired: .handshake(failure)
        case .closed: .closed(.ehloUnderTLS)
        case .reset: .reset(.ehloUnderTLS)
        case .timeout: .timeout(.ehloUnderTLS)
        case .weakDH, .notTLS, .malformed, .other: .protocolError(.ehloUnderTLS)
        }
    }
}
