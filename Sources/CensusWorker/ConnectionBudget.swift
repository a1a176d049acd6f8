import Synchronization

/// Counts connections that leased lanes may open, so that no more lanes are leased than can be served.
///
/// A lane never has more connections open than its network allows, nor more than it has targets left; the sum of these
/// bounds stays within the worker's concurrency. So a probe that has its turn in its network never waits for a place,
/// which would bunch up starts that politeness has spaced.
final class ConnectionBudget: Sendable {
    private struct State {
        var free: Int
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>
    /// Below this many free places it is not worth asking for lanes.
    private let worthAsking: Int

    init(total: Int) {
        state = Mutex(State(free: total))
        worthAsking = max(1, total / 16)
    }

    /// Waits until a good part of the places is free, or the task is cancelled, and says how many are.
    /// Only one task may wait.
    func room() async -> Int {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state in
                    if state.free >= worthAsking || Task.isCancelled { return true }
                    state.waiter = continuation
                    return false
                }
                if ready { continuation.resume() }
            }
        } onCancel: {
            state.withLock { state in take(&state.waiter) }?.resume()
        }
        return state.withLock { max(0, $0.free) }
    }

    /// Promises `count` places. May overdraw by one lease: what was leased is served.
    func take(_ count: Int) { state.withLock { $0.free -= count } }

    func giveBack(_ count: Int) {
        state.withLock { state in
            state.free += count
            return state.free >= worthAsking ? take(&state.waiter) : nil
        }?.resume()
    }

    private func take(_ waiter: inout CheckedContinuation<Void, Never>?) -> CheckedContinuation<Void, Never>? {
        defer { waiter = nil }
        return waiter
    }
}
