import CensusModel

/// The server does not send the certificates between its own and a trust anchor, as RFC 8446 §4.4.2 and RFC 5246
/// §7.4.2 ask.
enum IncompleteChainRule: FindingRule {
    static let finding = Finding.incompleteChain

    static func applies(_ context: FindingContext) -> Bool {
        context.pathHas(.incompleteChain)
    }
}
