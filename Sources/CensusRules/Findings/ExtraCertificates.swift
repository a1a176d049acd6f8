import CensusModel

/// Certificates were sent that do not lead up from the server's own (RFC 5246 §7.4.2, RFC 8446 §4.4.2). A root at the
/// end of the chain is allowed to be there.
enum ExtraCertificatesRule: FindingRule {
    static let finding = Finding.extraCertificates

    static func applies(_ context: FindingContext) -> Bool {
        context.evidence.map { SentChain($0.certificates).hasExtras } ?? false
    }
}
