import CensusModel

/// The greeting was not complete in time (RFC 5321 §4.5.3.2.1).
enum GreetingTimeoutOutcomeRule: OutcomeRule {
    static let outcome = Outcome.greetingTimeout

    static func applies(_ context: OutcomeContext) -> Bool {
        context.failure == .timeout(.greeting)
    }
}
