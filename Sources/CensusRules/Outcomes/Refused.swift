import CensusModel

/// The address answered the connection request with RST (RFC 9293 §3.10.7.1): nothing listens there.
enum RefusedOutcomeRule: OutcomeRule {
    static let outcome = Outcome.refused

    static func applies(_ context: OutcomeContext) -> Bool {
        context.failure == .refused
    }
}
