import CensusModel

/// A TLS session with a trusted certificate that names the host, and a dialogue under it (RFC 3207 §4.1).
enum TrustedOutcomeRule: OutcomeRule {
    static let outcome = Outcome.trusted

    static func applies(_ context: OutcomeContext) -> Bool {
        context.underTLS && (context.failure?.isAtQuit ?? true)
    }
}
