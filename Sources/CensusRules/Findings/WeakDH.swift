import CensusModel

/// The server's ephemeral finite-field Diffie-Hellman key has fewer than 2048 bits (RFC 9325 §4.5; Logjam, CVE-2015-4000).
/// A group so small that OpenSSL refuses it ends the handshake instead (`HandshakeFailure.weakDH`).
enum WeakDHRule: FindingRule {
    static let finding = Finding.weakDH

    private static let minimumBits = 2048

    static func applies(_ context: FindingContext) -> Bool {
        if case .handshake(.weakDH) = context.observation.failure { return true }
        return context.observation.tls?.dhBits.map { $0 < minimumBits } ?? false
    }
}
