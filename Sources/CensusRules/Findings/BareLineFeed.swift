import CensusModel

/// A reply line ended with LF alone (RFC 5321 §2.3.8).
enum BareLineFeedRule: FindingRule {
    static let finding = Finding.bareLineFeed

    static func applies(_ context: FindingContext) -> Bool {
        context.observation.bareLineFeed
    }
}
