import CensusModel

/// The validity of a certificate of the path has not begun (RFC 5280 §4.1.2.5, §6.1.3 (a)(2)).
enum NotYetValidRule: FindingRule {
    static let finding = Finding.notYetValid

    static func applies(_ context: FindingContext) -> Bool {
        context.pathHas(.notYetValid)
    }
}
