import CensusModel

/// Plaintext followed the 220 to STARTTLS. RFC 3207 §4.2: what was learned before the handshake must be discarded.
enum PlaintextAfterSTARTTLSRule: FindingRule {
    static let finding = Finding.plaintextAfterSTARTTLS

    static func applies(_ context: FindingContext) -> Bool {
        context.observation.plaintextAfterSTARTTLS != nil
    }
}
