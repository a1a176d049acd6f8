import CensusModel

/// The path ends at an authority that is no trust anchor (RFC 5280 §6.1). Also a session whose certificate nobody
/// could judge: nothing vouches for it.
enum UnknownAuthorityRule: FindingRule {
    static let finding = Finding.unknownAuthority

    static func applies(_ context: FindingContext) -> Bool {
        context.pathHas(.unknownAuthority) || (context.observation.tls != nil && context.evidence == nil)
    }
}
