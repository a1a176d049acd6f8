import CensusModel

/// Asked once more without SNI (RFC 6066 §3), the host showed another certificate or ended the handshake.
///
/// A second look that did not get as far as the handshake says nothing, nor does one that timed out in it.
enum SNIDependentRule: FindingRule {
    static let finding = Finding.sniDependent

    static func applies(_ context: FindingContext) -> Bool {
        guard let look = context.observation.secondLook, let first = context.observation.chain.first else {
            return false
        }
        if let second = look.chain.first { return second != first }
        guard case .handshake(let failure) = look.failure else { return false }
        return failure != .timeout && failure != .reset
    }
}
