import CensusModel

/// A certificate that is not what RFC 5280 §4.1 defines: not DER, a date that is none, a broken or doubled extension.
enum MalformedCertificateRule: FindingRule {
    static let finding = Finding.malformedCertificate

    static func applies(_ context: FindingContext) -> Bool {
        context.pathHas(.malformedCertificate)
    }
}
