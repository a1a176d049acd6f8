import CensusModel

/// A reply after the first bytes of a correct greeting was malformed or oversized (RFC 5321 §4.2, §4.5.3.1).
enum ProtocolErrorOutcomeRule: OutcomeRule {
    static let outcome = Outcome.protocolError

    static func applies(_ context: OutcomeContext) -> Bool {
        if context.malformed(at: .ehlo, .starttls) { return true }
        return context.malformed(at: .connect, .greeting) && context.greeted
    }
}
