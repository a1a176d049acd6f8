import Synchronization

/// Keeps rounds, which come five times a second, from doing something more often than once in each `pause`.
final class Throttle: Sendable {
    private let pause: Duration
    private let last = Mutex<ContinuousClock.Instant?>(nil)

    init(pause: Duration) { self.pause = pause }

    /// False when it is too soon after the last time that this was true.
    func begin() -> Bool {
        let now = ContinuousClock.now
        return last.withLock { last in
            if let last, now - last < pause { return false }
            last = now
            return true
        }
    }
}
