import CensusModel

/// A certificate of the path is revoked (RFC 5280 §6.1.3 (a)(3), RFC 6960).
enum RevokedRule: FindingRule {
    static let finding = Finding.revoked

    static func applies(_ context: FindingContext) -> Bool {
        context.pathHas(.revoked)
    }
}
