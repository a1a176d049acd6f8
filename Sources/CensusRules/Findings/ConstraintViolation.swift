import CensusModel

/// Basic, path-length, name or policy constraints are violated, or a critical extension is not understood (RFC 5280
/// §4.2, §4.2.1.9 to §4.2.1.11).
enum ConstraintViolationRule: FindingRule {
    static let finding = Finding.constraintViolation

    static func applies(_ context: FindingContext) -> Bool {
        context.pathHas(.constraintViolation)
    }
}
