import CensusModel

/// A keyword of other letters stands in the place of STARTTLS: a middlebox masks it (RFC 3207 §6).
enum STARTTLSStrippedOutcomeRule: OutcomeRule {
    static let outcome = Outcome.starttlsStripped

    static func applies(_ context: OutcomeContext) -> Bool {
        context.endedWithoutTLS && context.observation.starttlsOffered != true
            && context.observation.maskedKeyword != nil
    }
}
