import CensusModel
import CensusRules
import CertificateChain

import struct Foundation.Date

/// From what a probe saw to its verdict: the chain against one trust store, then the rules. The same input gives the same
/// verdict; only the cost of a chain that was seen before is less. Usable from any thread.
public struct ObservationJudge: Sendable {
    private let chains: ChainJudge

    /// A judge by the authorities of `trustStore`.
    public init(trustStore: TrustStore) { chains = ChainJudge(trustStore: trustStore) }

    /// The verdict as of `time`; with nil, as of the time of the probe. The evidence is nil when no certificate was sent.
    public func judge(
        _ observation: ProbeObservation, at time: Date? = nil
    ) -> (verdict: ProbeVerdict, evidence: ChainEvidence?) {
        let time = time ?? observation.startedAt
        let evidence =
            observation.chain.isEmpty
            ? nil : chains.evidence(chain: observation.chain, at: time, staple: observation.tls?.ocspStaple)
        return (Judge.verdict(of: observation, evidence: evidence, at: time), evidence)
    }
}
