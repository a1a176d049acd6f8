import CensusModel

/// The network said that there is no way to the address (ICMP, RFC 1122 §4.2.3.9), or this machine could not do its part
/// before the host had said a word.
enum UnreachableOutcomeRule: OutcomeRule {
    static let outcome = Outcome.unreachable

    static func applies(_ context: OutcomeContext) -> Bool {
        if case .local = context.failure { return !context.underTLS && !context.greeted }
        return context.failure == .unreachable
    }
}
