import CensusModel

/// The key exchange is not ephemeral (RFC 9325 §4.1: static RSA suites should not be negotiated).
enum NoForwardSecrecyRule: FindingRule {
    static let finding = Finding.noForwardSecrecy

    static func applies(_ context: FindingContext) -> Bool {
        context.observation.tls.map { !$0.forwardSecrecy } ?? false
    }
}
