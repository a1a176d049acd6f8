import CensusModel

/// A reply that began as one was malformed or oversized (RFC 5321 §4.2, §4.5.3.1): lines without end, several codes in one
/// reply, text in the place of a code.
enum ProtocolErrorOutcomeRule: OutcomeRule {
    static let outcome = Outcome.protocolError

    static func applies(_ context: OutcomeContext) -> Bool {
        context.malformed(at: .connect, .greeting, .ehlo, .starttls)
    }
}
