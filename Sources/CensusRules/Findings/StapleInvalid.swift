import CensusModel

/// The stapled OCSP response proves nothing about the certificate (RFC 6960 §3.2): it cannot be read, nobody entitled
/// signed it, it is about another certificate, or its responder does not know this one.
enum StapleInvalidRule: FindingRule {
    static let finding = Finding.stapleInvalid

    static func applies(_ context: FindingContext) -> Bool {
        if case .invalid = context.evidence?.staple { true } else { false }
    }
}
