import CensusModel

/// EHLO was answered, and STARTTLS is not among its keywords (RFC 3207 §2).
enum STARTTLSNotOfferedOutcomeRule: OutcomeRule {
    static let outcome = Outcome.starttlsNotOffered

    static func applies(_ context: OutcomeContext) -> Bool {
        context.endedWithoutTLS && context.observation.starttlsOffered != true
            && context.observation.maskedKeyword == nil
    }
}
