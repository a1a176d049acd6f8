import Synchronization

/// The worker's own view of how long its leases last, by the monotonic clock of this machine.
///
/// The database decides when a lease has ended, but it cannot stop packets: a worker that is cut off from it must stop
/// probing by itself *before* that moment. So the deadline counts from when a renewal was asked for, not from when the
/// answer came, and ends early by a margin.
final class LeaseClock: Sendable {
    typealias Instant = ContinuousClock.Instant

    private let deadline: Mutex<Instant>
    private let margin: Duration

    init(margin: Duration) {
        self.margin = margin
        deadline = Mutex(ContinuousClock.now)
    }

    /// A renewal that was asked for at `askedAt` left `remaining` until the lease ends.
    func renewed(askedAt: Instant, remaining: Duration) {
        deadline.withLock { $0 = askedAt.advanced(by: remaining - margin) }
    }

    /// When work under the present leases must have stopped.
    var end: Instant { deadline.withLock { $0 } }

    /// True while work under the present leases may go on.
    var holds: Bool { ContinuousClock.now < end }
}
