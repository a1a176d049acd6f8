import CensusModel

import struct Foundation.Date

/// Turns one observation into its verdict.
///
/// The outcome is the first cause: the earliest stage of the dialogue that went wrong; among several certificate
/// causes the first in the order of `Finding`. All findings are kept beside it.
public enum Judge {
    /// The verdict of `observation`, whose certificates were judged as `evidence`, at `time`.
    /// With a TLS session but without evidence nothing vouches for the host: the verdict is `unknownAuthority`.
    public static func verdict(
        of observation: ProbeObservation, evidence: ChainEvidence?, at time: Date
    ) -> ProbeVerdict {
        let context = FindingContext(observation: observation, evidence: evidence, time: time)
        let findings = FindingRules.findings(in: context)
        let cause = OutcomeContext(observation: observation, findings: findings)
        let outcome = OutcomeRules.outcome(in: cause)
        let handshakeFailure = outcome == .handshakeFailed ? cause.handshakeFailure : nil
        let conclusive = Conclusiveness.isConclusive(outcome, observation)
        return ProbeVerdict(
            outcome: outcome,
            handshakeFailure: handshakeFailure,
            findings: findings,
            conclusive: conclusive,
            // Who could not look saw no absence.
            starttls: conclusive || observation.starttlsOffered == true ? observation.starttlsOffered : nil,
            verified: cause.underTLS ? !findings.contains(where: \.isCertificateCause) : nil,
            error: ErrorLine.text(for: outcome, handshakeFailure, in: context))
    }
}

extension Finding {
    /// True for the findings that make a certificate untrusted: those that are outcomes too.
    var isCertificateCause: Bool { certificateOutcome != nil }

    /// The outcome of the same code; nil for a remark.
    var certificateOutcome: Outcome? { Outcome(rawValue: rawValue) }
}
