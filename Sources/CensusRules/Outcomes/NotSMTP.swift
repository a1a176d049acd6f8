import CensusModel

/// The first bytes were no SMTP reply (RFC 5321 §4.2).
enum NotSMTPOutcomeRule: OutcomeRule {
    static let outcome = Outcome.notSMTP

    static func applies(_ context: OutcomeContext) -> Bool { context.failure == .notSMTP }
}
