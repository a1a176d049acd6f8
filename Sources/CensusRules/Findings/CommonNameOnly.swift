import CensusModel

/// The host is named by the common name for want of any subjectAltName, which RFC 9525 §2 no longer allows.
enum CommonNameOnlyRule: FindingRule {
    static let finding = Finding.commonNameOnly

    static func applies(_ context: FindingContext) -> Bool {
        if case .commonName = context.nameMatch { true } else { false }
    }
}
