import CensusModel

/// How a connection ended, or why it never came about.
public enum ConnectionLoss: Hashable, Sendable {
    case refused
    /// No route, no such network or host.
    case unreachable
    /// The kernel gave up on the peer.
    case timedOut
    /// The peer closed in an orderly way.
    case closed
    case reset
    /// This machine's own fault; escaped text.
    case local(String)

    /// What the loss means at `step`.
    func failure(at step: ProbeStep) -> ProbeFailure {
        switch (self, step) {
        case (.local(let reason), _): .local(reason)
        case (.closed, .handshake): .handshake(.closed)
        case (.reset, .handshake), (.refused, .handshake), (.unreachable, .handshake): .handshake(.reset)
        case (.timedOut, .handshake): .handshake(.timeout)
        case (.refused, .connect): .refused
        case (.unreachable, .connect): .unreachable
        case (.timedOut, _): .timeout(step)
        case (.closed, _): .closed(step)
        // An established connection that an ICMP message breaks off is as good as reset.
        case (.reset, _), (.refused, _), (.unreachable, _): .reset(step)
        }
    }
}
