// CensusCoordinator: what keeps scans moving that no worker does.
//
// Owns: turning found hosts into probe targets, taking back expired leases, ending scans with their roll-up; leading, so
// that of many coordinators one does it.
// Must not know: DNS, SMTP, TLS, terminals. Workers go on while no coordinator runs; they only run out of new lanes.
// Concurrency: one loop, and statistics beside it; every step is one transaction, safe to repeat and to run beside another
// coordinator.
// Entry types: `Coordinator` for one scan in this process, `FleetCoordinator` for all scans of a database.

import CensusModel
import CensusStore
import Logging

/// Plans, reaps and ends one scan.
public struct Coordinator: Sendable {
    let store: Store
    let logger: Logger
    /// Between rounds when nothing was planned.
    let pause: Duration
    /// Between looks at what has grown.
    static let statisticsPause = Duration.seconds(1)

    /// A coordinator of the scans in `store`; `pause` is the wait between rounds.
    public init(store: Store, logger: Logger, pause: Duration = .milliseconds(200)) {
        self.store = store
        self.logger = logger
        self.pause = pause
    }

    /// Keeps `scan` moving until it is complete and rolled up, or the task is cancelled.
    ///
    /// - Throws: a store error that is not a passing absence of the database; `CancellationError`.
    public func run(scan: Int64) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while try await patiently({ try await round(scan: scan) }) != true { try await Task.sleep(for: pause) }
            }
            // Beside the rounds: on a busy machine a look at a big table takes seconds, in which workers would run out of lanes.
            group.addTask {
                while true {
                    try await patiently(keepStatistics)
                    try await Task.sleep(for: Self.statisticsPause)
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// What `body` gives; nil when the database did not answer, which is logged: it is to be tried again.
    @discardableResult
    func patiently<Value>(_ body: () async throws -> Value) async throws -> Value? {
        do {
            return try await body()
        } catch let error as StoreError where error.isTransient {
            logger.warning("the database did not answer; trying again", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// One round. True when the scan has ended.
    private func round(scan: Int64) async throws -> Bool {
        try await reap()
        // A call costs much the same for one target as for hundreds: those that come meanwhile wait for the next round.
        while try await store.planProbes(scan) == Store.mostPlanned {}
        return try await store.finishIfComplete(scan)
    }

    /// Takes back expired leases.
    func reap() async throws {
        let reaped = try await store.reapExpired()
        if reaped > 0 { logger.notice("took back expired leases", metadata: ["batches": "\(reaped)"]) }
    }

    /// Lets the planner know what has grown, one table at a time.
    func keepStatistics() async throws {
        if let table = try await store.analyzeParent() {
            logger.debug("analyzed a partitioned table", metadata: ["table": "\(table)"])
        }
    }
}
