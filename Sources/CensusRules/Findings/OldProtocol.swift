import CensusModel

/// SSL 3.0 (RFC 7568), TLS 1.0 or TLS 1.1 (RFC 8996) was the best version in common.
enum OldProtocolRule: FindingRule {
    static let finding = Finding.oldProtocol

    static func applies(_ context: FindingContext) -> Bool {
        ["SSLv3", "TLSv1", "TLSv1.1"].contains(context.observation.tls?.version)
    }
}
