import CensusModel
import Synchronization

/// Signatures of authorities on authorities that were found good.
///
/// Whether the key of one certificate signed another depends on the bytes of the two alone, not on the time, the trust
/// store or the leaf. Intermediates recur, so what is left to check of a new chain is the signature of its leaf.
/// Usable from any thread.
final class KnownSignatures: Sendable {
    private struct Signature: Hashable, Sendable {
        let subject: [UInt8]
        let issuer: [UInt8]
    }

    private let good: Mutex<GenerationalCache<Signature, Bool>>

    /// Remembers up to `capacity` signatures; 0 remembers none.
    init(capacity: Int) { good = Mutex(GenerationalCache(capacity: capacity)) }

    /// True when the signature of `issuer` on `subject` was found good; false says nothing.
    func contains(_ subject: Certificate, by issuer: Certificate) -> Bool {
        let signature = Self.signature(subject, issuer)
        return good.withLock { $0.value(for: signature) } ?? false
    }

    func insert(_ subject: Certificate, by issuer: Certificate) {
        let signature = Self.signature(subject, issuer)
        good.withLock { $0.insert(true, for: signature) }
    }

    private static func signature(_ subject: Certificate, _ issuer: Certificate) -> Signature {
        Signature(subject: subject.facts.fingerprint, issuer: issuer.facts.fingerprint)
    }
}
