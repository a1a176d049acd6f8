import CensusModel

/// The certificate asks for a stapled OCSP response and none came (RFC 7633 §4.2.3).
enum MustStapleMissingRule: FindingRule {
    static let finding = Finding.mustStapleMissing

    static func applies(_ context: FindingContext) -> Bool {
        (context.leaf?.mustStaple ?? false) && context.observation.tls.map { $0.ocspStaple == nil } ?? false
    }
}
