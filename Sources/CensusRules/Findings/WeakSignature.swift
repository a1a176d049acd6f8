import CensusModel

/// The server signed the handshake with MD5 or SHA-1 (RFC 9155 §2), as TLS 1.0 and 1.1 always do.
enum WeakSignatureRule: FindingRule {
    static let finding = Finding.weakSignature

    private static let broken: Set<String> = ["MD5", "SHA1", "MD5-SHA1"]

    static func applies(_ context: FindingContext) -> Bool {
        context.observation.tls?.signatureDigest.map { broken.contains($0.uppercased()) } ?? false
    }
}
