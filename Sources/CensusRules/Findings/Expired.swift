import CensusModel

/// The validity of a certificate of the path has ended (RFC 5280 §4.1.2.5, §6.1.3 (a)(2)).
enum ExpiredRule: FindingRule {
    static let finding = Finding.expired

    static func applies(_ context: FindingContext) -> Bool {
        context.pathHas(.expired)
    }
}
