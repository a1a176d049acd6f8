import CensusModel

/// STARTTLS was offered, and the command was answered with 4xx or 5xx (RFC 3207 §4).
enum STARTTLSRefusedOutcomeRule: OutcomeRule {
    static let outcome = Outcome.starttlsRefused

    static func applies(_ context: OutcomeContext) -> Bool {
        !context.underTLS && context.failure == .rejected(.starttls)
    }
}
