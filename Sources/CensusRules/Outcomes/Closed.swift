import CensusModel

/// The connection was closed before the mail server had greeted (RFC 5321 §3.8).
enum ClosedOutcomeRule: OutcomeRule {
    static let outcome = Outcome.closed

    static func applies(_ context: OutcomeContext) -> Bool {
        context.lost(.closed, at: .connect, .greeting)
    }
}
