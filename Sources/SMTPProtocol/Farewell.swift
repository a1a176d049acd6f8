import CensusModel

/// How a probe takes its leave.
enum Farewell: Sendable {
    /// QUIT, then a short wait for the 221.
    case politely
    /// QUIT and away: the host has lost the thread, or does not answer.
    case inPassing
    /// Nothing can or should be said: there is no connection, no SMTP, or the host has not greeted yet.
    case silently

    /// The leave that fits a dialogue which ended with `failure`; nil: nothing failed.
    init(after failure: ProbeFailure?) {
        switch failure {
        case nil, .rejected: self = .politely
        case .protocolError: self = .inPassing
        case .timeout(let step): self = Self.afterTimeout(at: step)
        case .refused, .unreachable, .closed, .reset, .notSMTP, .handshake, .local: self = .silently
        }
    }

    private static func afterTimeout(at step: ProbeStep) -> Farewell {
        switch step {
        // Talking before the greeting is an offence to hosts that delay it on purpose.
        case .connect, .greeting, .handshake, .quit: .silently
        case .ehlo, .starttls, .ehloUnderTLS: .inPassing
        }
    }
}
