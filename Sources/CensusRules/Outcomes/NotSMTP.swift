import CensusModel

/// The first bytes were no SMTP reply (RFC 5321 §4.2): without a correct greeting nobody knows that this is a mail server.
enum NotSMTPOutcomeRule: OutcomeRule {
    static let outcome = Outcome.notSMTP

    static func applies(_ context: OutcomeContext) -> Bool {
        if context.failure == .notSMTP { return true }
        return context.malformed(at: .connect, .greeting) && !context.greeted
    }
}
