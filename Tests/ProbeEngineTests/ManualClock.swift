import Synchronization

/// A clock that stands still until a test moves it.
final class ManualClock: Clock, Sendable {
    struct Instant: InstantProtocol {
        var offset: Duration

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct State {
        var now = Instant(offset: .zero)
        var sleepers: [(until: Instant, wake: CheckedContinuation<Void, Never>)] = []
        var observers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var now: Instant { state.withLock { $0.now } }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let observers = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                if deadline <= state.now { return [continuation] }
                state.sleepers.append((deadline, continuation))
                defer { state.observers = [] }
                return state.observers
            }
            for observer in observers { observer.resume() }
        }
    }

    /// Waits until somebody sleeps, then moves the time to the first who is to be woken.
    func advanceToNextSleeper() async {
        await waitForSleeper()
        let first = state.withLock { $0.sleepers.map(\.until).min() }
        if let first { advance(to: first) }
    }

    /// Waits until somebody sleeps.
    func waitForSleeper() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isSleeping = state.withLock { state in
                if state.sleepers.isEmpty { state.observers.append(continuation) }
                return !state.sleepers.isEmpty
            }
            if isSleeping { continuation.resume() }
        }
    }

    func advance(by duration: Duration) { advance(to: now.advanced(by: duration)) }

    private func advance(to instant: Instant) {
        let woken = state.withLock { state in
            state.now = instant
            let woken = state.sleepers.filter { $0.until <= instant }
            state.sleepers.removeAll { $0.until <= instant }
            return woken
        }
        for sleeper in woken { sleeper.wake.resume() }
    }
}
