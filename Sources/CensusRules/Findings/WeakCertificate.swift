import CensusModel

/// A key or signature of the path can be broken (RFC 6151, RFC 9155, NIST SP 800-57 part 1). Thresholds:
/// `CertificateChain`.
enum WeakCertificateRule: FindingRule {
    static let finding = Finding.weakCertificate

    static func applies(_ context: FindingContext) -> Bool {
        context.pathHas(.weakCertificate)
    }
}
