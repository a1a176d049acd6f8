import CensusModel

/// The server's certificate is signed by itself and is no trust anchor (RFC 5280 §6.1).
enum SelfSignedRule: FindingRule {
    static let finding = Finding.selfSigned

    static func applies(_ context: FindingContext) -> Bool {
        context.pathHas(.selfSigned)
    }
}
