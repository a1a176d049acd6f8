import CensusModel

/// The TLS session stands with a good certificate, and EHLO under it fails (RFC 3207 §4.2). A failure to say goodbye is none.
enum PostTLSFailureOutcomeRule: OutcomeRule {
    static let outcome = Outcome.postTLSFailure

    static func applies(_ context: OutcomeContext) -> Bool {
        guard context.underTLS, let failure = context.failure else { return false }
        return !failure.isAtQuit
    }
}
