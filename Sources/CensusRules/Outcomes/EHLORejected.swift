import CensusModel

/// EHLO was refused, and HELO too (RFC 5321 §4.1.1.1).
enum EHLORejectedOutcomeRule: OutcomeRule {
    static let outcome = Outcome.ehloRejected

    static func applies(_ context: OutcomeContext) -> Bool {
        context.failure == .rejected(.ehlo)
    }
}
