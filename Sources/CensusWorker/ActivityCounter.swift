import Synchronization

/// Counters that many tasks add to and a display reads.
final class ActivityCounter: Sendable {
    private let state = Mutex(WorkerActivity())

    func add(_ change: (inout WorkerActivity) -> Void) { state.withLock { change(&$0) } }

    var snapshot: WorkerActivity { state.withLock { $0 } }
}
