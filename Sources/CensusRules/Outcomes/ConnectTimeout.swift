import CensusModel

/// Nothing answered the connection request (RFC 9293 §3.8.3).
enum ConnectTimeoutOutcomeRule: OutcomeRule {
    static let outcome = Outcome.connectTimeout

    static func applies(_ context: OutcomeContext) -> Bool {
        context.failure == .timeout(.connect)
    }
}
