import CensusModel

/// Whether a look failed in a way that asks for a gentler pace.
enum PushbackRule {
    /// True when the host, or something before it, was reached and turned the scanner away or kept it waiting: a refusal that
    /// is about the client, a connection cut off, silence after connecting. A host that cannot be reached at all, or that is
    /// known to be as it is, says nothing about the pace; nor does a failure of this machine.
    ///
    /// Silence counts once for each address: a host that never greets would otherwise slow its whole network down again with
    /// each further attempt.
    ///
    /// - Parameter attempt: which attempt at this address it was, from 1.
    static func pushesBack(_ verdict: ProbeVerdict, _ observation: ProbeObservation, attempt: Int) -> Bool {
        guard !verdict.conclusive else { return false }
        if case .local = observation.failure { return false }
        switch verdict.outcome {
        case .greetingTimeout: return attempt == 1
        case .reset, .greetingRejected, .ehloRejected, .closed, .stalled, .starttlsRefused,
            .postTLSFailure:
            return true
        case .refused, .unreachable, .connectTimeout, .notSMTP, .protocolError, .starttlsNotOffered, .starttlsStripped,
            .handshakeFailed, .malformedCertificate, .negativeSerial, .selfSigned, .unknownAuthority, .incompleteChain,
            .badSignature, .revoked, .notYetValid, .expired, .wrongPurpose, .constraintViolation, .weakCertificate,
            .nameMismatch, .trusted:
            return false
        }
    }
}
