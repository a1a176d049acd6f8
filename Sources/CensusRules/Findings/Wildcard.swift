import CensusModel

/// The host is named by a wildcard (RFC 9525 §6.3).
enum WildcardRule: FindingRule {
    static let finding = Finding.wildcard

    static func applies(_ context: FindingContext) -> Bool {
        context.nameMatch == .dnsName(wildcard: true) || context.nameMatch == .commonName(wildcard: true)
    }
}
