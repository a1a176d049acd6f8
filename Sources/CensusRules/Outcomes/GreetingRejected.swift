import CensusModel

/// The greeting was a 4xx or 5xx reply (RFC 5321 §3.1).
enum GreetingRejectedOutcomeRule: OutcomeRule {
    static let outcome = Outcome.greetingRejected

    static func applies(_ context: OutcomeContext) -> Bool {
        context.failure == .rejected(.greeting) || context.failure == .rejected(.connect)
    }
}
