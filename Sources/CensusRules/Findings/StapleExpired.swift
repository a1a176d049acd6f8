import CensusModel

/// The stapled OCSP response is not current at the time of the judgement (RFC 6960 §4.2.2.1).
enum StapleExpiredRule: FindingRule {
    static let finding = Finding.stapleExpired

    static func applies(_ context: FindingContext) -> Bool { context.evidence?.staple == .expired }
}
