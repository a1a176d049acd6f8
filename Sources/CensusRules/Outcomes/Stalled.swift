import CensusModel

/// After the greeting the dialogue was cut off or came to a halt before TLS (RFC 5321 §4.5.3.2), or this machine could
/// not go on with it.
enum StalledOutcomeRule: OutcomeRule {
    static let outcome = Outcome.stalled

    static func applies(_ context: OutcomeContext) -> Bool {
        if case .local = context.failure { return !context.underTLS && context.greeted }
        return context.lost(.closed, at: .ehlo, .starttls) || context.lost(.reset, at: .ehlo, .starttls)
            || context.lost(.timeout, at: .ehlo, .starttls)
    }
}
