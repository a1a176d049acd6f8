import CensusModel

/// The connection was reset before the mail server had greeted (RFC 9293 §3.5.3).
enum ResetOutcomeRule: OutcomeRule {
    static let outcome = Outcome.reset

    static func applies(_ context: OutcomeContext) -> Bool {
        context.lost(.reset, at: .connect, .greeting)
    }
}
