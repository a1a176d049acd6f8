import CensusModel

/// The server asked for a client certificate (RFC 5246 §7.4.4, RFC 8446 §4.3.2), requiring it or not.
enum ClientCertificateRequestedRule: FindingRule {
    static let finding = Finding.clientCertificateRequested

    static func applies(_ context: FindingContext) -> Bool {
        if context.observation.failure == .handshake(.clientCertificateRequired) { return true }
        return context.observation.tls?.clientCertificateRequested ?? false
    }
}
