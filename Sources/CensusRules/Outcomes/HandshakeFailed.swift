import CensusModel

/// STARTTLS was accepted, and no TLS session came about (RFC 8446 §6.2, RFC 5246 §7.2.2); a dialogue that ended in good
/// order without the session it offered counts as one too.
///
/// Where the library gave up only because it could not read the certificate, that is the cause: `malformedCertificate`.
enum HandshakeFailedOutcomeRule: OutcomeRule {
    static let outcome = Outcome.handshakeFailed

    static func applies(_ context: OutcomeContext) -> Bool {
        context.handshakeFailure != nil && !context.hasUnreadableCertificate
    }
}
