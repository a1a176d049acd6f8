import CensusModel
import CensusStore

/// What follows an attempt at one address of a host.
enum NextStepRule {
    /// An inconclusive look is repeated at the same address, later and later; TLS that was cut off once may have been the
    /// network's doing, so it is looked at once more; a host that did not answer SMTP is tried at its next address;
    /// otherwise the attempt speaks for the host.
    ///
    /// - Parameter attempt: the number of this attempt at this address, from 1.
    static func next(
        after verdict: ProbeVerdict, attempt: Int, hasNextAddress: Bool, retries: Int, retryDelay: Double
    ) -> NextStep {
        if attempt <= (verdict.conclusive ? min(retries, isFragile(verdict) ? 1 : 0) : retries) {
            return .retry(afterSeconds: retryDelay * Double(1 << min(attempt - 1, 16)))
        }
        if !verdict.outcome.answeredSMTP, hasNextAddress { return .nextAddress }
        return .final
    }

    /// The handshake, or the session under TLS, did not last: the host's own state if it happens again.
    private static func isFragile(_ verdict: ProbeVerdict) -> Bool {
        switch verdict.handshakeFailure {
        case .closed, .reset, .timeout: true
        default: verdict.outcome == .postTLSFailure
        }
    }
}
