import CensusModel

extension ProbeFailure {
    /// One line for the transcript.
    var explanation: String {
        switch self {
        case .refused: "connection refused"
        case .unreachable: "no route to the host"
        case .timeout(let step): "no answer in time (\(step.rawValue))"
        case .closed(let step): "closed by the host (\(step.rawValue))"
        case .reset(let step): "reset by the host (\(step.rawValue))"
        case .rejected(let step): "refused by the host (\(step.rawValue))"
        case .notSMTP: "the host does not speak SMTP"
        case .protocolError(let step): "malformed reply (\(step.rawValue))"
        case .handshake(let failure): "TLS handshake failed: \(failure.code)"
        case .local(let reason): "not seen because of this machine: \(reason)"
        }
    }
}
