import CensusModel
import CensusStore
import Logging

/// Writes finished lanes back, many in one transaction, each of them all or nothing.
///
/// A transaction costs some milliseconds of the server's CPU, however little it writes. Lanes finish one by one and small
/// ones finish by the thousand, so they are gathered for a moment, and while the last transaction ran.
struct CompletionWriter: Sendable {
    let store: Store
    let logger: Logger
    private let stream: AsyncStream<LaneCompletion>
    private let continuation: AsyncStream<LaneCompletion>.Continuation

    /// Lanes in one transaction at most: bounds memory and the time row locks are held.
    private static let largestBatch = 64
    /// How long a lane waits for others: little beside what its probes took.
    private static let moment = Duration.milliseconds(300)

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
        let gathered = Gatherer<LaneCompletion>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await completion in stream { await gathered.append(completion) }
                await gathered.close()
            }
            while let batch = await gathered.next(atMost: Self.largestBatch, within: Self.moment) {
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
