import CensusModel

/// The certificates do not each certify one before (RFC 5246 §7.4.2; RFC 8446 §4.4.2 still asks for that order).
enum MisorderedChainRule: FindingRule {
    static let finding = Finding.misorderedChain

    static func applies(_ context: FindingContext) -> Bool {
        context.evidence.map { SentChain($0.certificates).isMisordered } ?? false
    }
}
