import CensusModel

/// The certificate does not name the MX host (RFC 9525 §6, RFC 6125 §6). An IP literal has no name to match.
enum NameMismatchRule: FindingRule {
    static let finding = Finding.nameMismatch

    static func applies(_ context: FindingContext) -> Bool {
        context.nameMatch == .mismatch
    }
}
