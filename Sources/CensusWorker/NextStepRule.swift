import CensusModel
import CensusStore

/// What follows an attempt at one address of a host.
enum NextStepRule {
    /// An inconclusive look is repeated at the same address, later and later; a host that did not answer SMTP is tried
    /// at its next address; otherwise the attempt speaks for the host.
    ///
    /// - Parameter attempt: the number of this attempt at this address, from 1.
    static func next(
        after verdict: ProbeVerdict, attempt: Int, hasNextAddress: Bool, retries: Int, retryDelay: Double
    ) -> NextStep {
        if !verdict.conclusive, attempt <= retries {
            return .retry(afterSeconds: retryDelay * Double(1 << min(attempt - 1, 16)))
        }
        if !verdict.outcome.answeredSMTP, hasNextAddress { return .nextAddress }
        return .final
    }
}
