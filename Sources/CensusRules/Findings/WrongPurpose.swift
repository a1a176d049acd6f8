import CensusModel

/// Key usage or extended key usage does not allow a TLS server (RFC 5280 §4.2.1.3, §4.2.1.12).
enum WrongPurposeRule: FindingRule {
    static let finding = Finding.wrongPurpose

    static func applies(_ context: FindingContext) -> Bool {
        context.pathHas(.wrongPurpose)
    }
}
