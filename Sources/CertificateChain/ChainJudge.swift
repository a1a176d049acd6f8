import CMXOpenSSL
import CensusModel
import Synchronization

import struct Foundation.Date

/// Judges chains against one trust store, and remembers what it judged.
///
/// Usable from any thread. A judgement costs a few hundred microseconds of CPU, a remembered one a few: the caller
/// decides on which thread that is spent.
public final class ChainJudge: Sendable {
    /// The authorities that every chain is judged against.
    public let trustStore: TrustStore
    private let verdicts: Mutex<GenerationalCache<Fingerprint, Remembered>>
    /// Certificates other than leaves: a few thousand serve the whole Internet.
    private let authorities: Mutex<GenerationalCache<Fingerprint, Certificate>>
    private let signatures: KnownSignatures

    /// Evidence, and the span of Unix seconds in which nothing that was looked at changes its validity.
    private struct Remembered: Sendable {
        let evidence: ChainEvidence
        let valid: Range<Int64>
    }

    /// Remembers up to `cacheSize` chains, of about 2 KiB each; 0 remembers none.
    public init(trustStore: TrustStore, cacheSize: Int = 65536) {
        self.trustStore = trustStore
        verdicts = Mutex(GenerationalCache(capacity: cacheSize))
        authorities = Mutex(GenerationalCache(capacity: min(cacheSize, 4096)))
        signatures = KnownSignatures(capacity: min(cacheSize, 4096))
    }

    /// What the certificates of `chain` (DER, leaf first, as sent) are, and what is wrong with the path at `time`,
    /// host names and serial numbers left aside. `staple` is the DER of the OCSP response that came with the chain
    /// (RFC 6066 §8); nil when none came. Pure in its result: remembering changes only the cost.
    ///
    /// Path building looks at the first 40 certificates; facts are read of all.
    public func evidence(chain: [[UInt8]], at time: Date, staple: [UInt8]? = nil) -> ChainEvidence {
        let second = Int64(time.timeIntervalSince1970.rounded(.down))
        let fingerprints = chain.map(Fingerprint.init(of:))
        let key = Fingerprint(ofChain: fingerprints, staple: staple)
        if let known = verdicts.withLock({ $0.value(for: key) }), known.valid.contains(second) { return known.evidence }

        let certificates = zip(chain, fingerprints).enumerated().map { index, item in
            certificate(der: item.0, fingerprint: item.1, isLeaf: index == 0)
        }
        let judgement = ChainJudgement(
            certificates, staple: staple, store: trustStore, signatures: signatures, second: second)
        let sent = certificates.lazy.compactMap { $0?.boundaries }.joined()
        let valid = span(around: second, [AnySequence(sent), AnySequence(judgement.boundaries)])
        verdicts.withLock { $0.insert(Remembered(evidence: judgement.evidence, valid: valid), for: key) }
        return judgement.evidence
    }

    private func certificate(der: [UInt8], fingerprint: Fingerprint, isLeaf: Bool) -> Certificate? {
        if isLeaf { return Certificate(der: der, fingerprint: fingerprint) }
        if let known = authorities.withLock({ $0.value(for: fingerprint) }) { return known }
        guard let parsed = Certificate(der: der, fingerprint: fingerprint) else { return nil }
        authorities.withLock { $0.insert(parsed, for: fingerprint) }
        return parsed
    }

    /// The largest span around `second` in which none of `boundaries` and no date of the trust store is passed. A
    /// boundary is the first second of what follows it.
    private func span(around second: Int64, _ boundaries: [AnySequence<Int64>]) -> Range<Int64> {
        var lower = Int64.min
        var upper = Int64.max
        for boundary in (boundaries + [AnySequence(trustStore.boundaries)]).joined() {
            if boundary <= second { lower = max(lower, boundary) } else { upper = min(upper, boundary) }
        }
        return lower..<upper
    }
}
