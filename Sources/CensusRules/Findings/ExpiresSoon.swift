import CensusModel

/// The server's certificate is valid and ends within 30 days: the time in which automated renewal should have happened
/// (RFC 5280 §4.1.2.5).
enum ExpiresSoonRule: FindingRule {
    static let finding = Finding.expiresSoon

    private static let secondsOf30Days = 30.0 * 86400

    static func applies(_ context: FindingContext) -> Bool {
        guard let notAfter = context.leaf?.notAfter else { return false }
        let left = notAfter.timeIntervalSince(context.time)
        return left > 0 && left <= secondsOf30Days
    }
}
