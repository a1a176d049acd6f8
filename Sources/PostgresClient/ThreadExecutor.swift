import Foundation

/// Runs an actor's jobs one after the other on a thread of its own, so that they may block.
final class ThreadExecutor: SerialExecutor {
    private let queue = JobQueue()

    init(name: String) {
        let queue = queue
        let thread = Thread { queue.runUntilClosed() }
        thread.name = name
        // Nothing here recurses deeply; the default of 8 MiB would only cost address space.
        thread.stackSize = 1 << 20
        thread.start()
    }

    deinit { queue.close() }

    func enqueue(_ job: consuming ExecutorJob) {
        queue.append(UnownedJob(job), of: asUnownedSerialExecutor())
    }
}

/// The thread keeps this queue alive, not the executor: so the executor can end it.
// Sendable because `jobs` and `closed` are only touched while `condition` is locked.
private final class JobQueue: @unchecked Sendable {
    private let condition = NSCondition()
    private var jobs: [(UnownedJob, UnownedSerialExecutor)] = []
    private var closed = false

    func append(_ job: UnownedJob, of executor: UnownedSerialExecutor) {
        condition.withLock { jobs.append((job, executor)) }
        condition.signal()
    }

    func close() {
        condition.withLock { closed = true }
        condition.signal()
    }

    func runUntilClosed() {
        while let batch = next() {
            for (job, executor) in batch { job.runSynchronously(on: executor) }
        }
    }

    private func next() -> [(UnownedJob, UnownedSerialExecutor)]? {
        condition.withLock {
            while jobs.isEmpty, !closed { condition.wait() }
            defer { jobs = [] }
            return jobs.isEmpty ? nil : jobs
        }
    }
}
