import CensusModel

/// EHLO was refused and HELO accepted: no extension can be offered (RFC 5321 §3.2).
enum HELOOnlyRule: FindingRule {
    static let finding = Finding.heloOnly

    static func applies(_ context: FindingContext) -> Bool {
        context.observation.heloOnly
    }
}
