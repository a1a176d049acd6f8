import CensusModel

/// A signature in the path does not verify (RFC 5280 §6.1.3 (a)(1)).
enum BadSignatureRule: FindingRule {
    static let finding = Finding.badSignature

    static func applies(_ context: FindingContext) -> Bool {
        context.pathHas(.badSignature)
    }
}
