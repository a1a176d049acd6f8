import CensusModel
import CensusStore
import Logging

/// Writes finished lanes back, many in one transaction, each of them all or nothing.
///
/// Lanes finish one by one and small ones finish by the thousand, so whatever has gathered while the last transaction
/// ran goes into the next one.
struct CompletionWriter: Sendable {
    let store: Store
    let logger: Logger
    private let stream: AsyncStream<LaneCompletion>
    private let continuation: AsyncStream<LaneCompletion>.Continuation

    /// Lanes in one transaction at most: bounds memory and the time row locks are held.
    private static let largestBatch = 64

    init(store: Store, logger: Logger) {
        self.store = store
        self.logger = logger
        (stream, continuation) = AsyncStream.makeStream()
    }

    func add(_ completion: LaneCompletion) { continuation.yield(completion) }

    /// No more completions will come: `run` returns when the last is written.
    func finish() { continuation.finish() }

    /// Writes until `finish` was called and everything is written.
    ///
    /// - Throws: a store error that repeating did not mend; the leases then end by themselves.
    func run() async throws {
        let gathered = Gatherer()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await completion in stream { await gathered.append(completion) }
                await gathered.close()
            }
            while let batch = await gathered.next(atMost: Self.largestBatch) {
                let lost = try await StoreRetry.run(logger: logger) { try await store.completeLanes(batch) }
                if !lost.isEmpty {
                    logger.notice(
                        "leases lost; their results are left to the new holders", metadata: ["lanes": "\(lost.count)"])
                }
            }
            try await group.waitForAll()
        }
    }
}

/// Holds completions until the writer is free.
private actor Gatherer {
    private var waiting: [LaneCompletion] = []
    private var closed = false
    private var wake: CheckedContinuation<Void, Never>?

    func append(_ completion: LaneCompletion) {
        waiting.append(completion)
        resume()
    }

    func close() {
        closed = true
        resume()
    }

    /// Everything gathered, up to `limit`; waits for at least one. Nil after `close` when nothing is left.
    func next(atMost limit: Int) async -> [LaneCompletion]? {
        while waiting.isEmpty {
            if closed { return nil }
            await withCheckedContinuation { wake = $0 }
        }
        let batch = Array(waiting.prefix(limit))
        waiting.removeFirst(batch.count)
        return batch
    }

    private func resume() {
        wake?.resume()
        wake = nil
    }
}
