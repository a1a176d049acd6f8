import CensusModel
import CensusStore
import Logging
import Synchronization

/// Looks after all scans of a database, while it leads. Any number may run; one leads, the others stand by.
///
/// Whatever it does is safe to do twice, so a leader that was paused and goes on beside its successor harms nothing.
public struct FleetCoordinator: Sendable {
    private let store: Store
    private let coordinator: Coordinator
    private let leadership: Leadership
    private let logger: Logger
    private let ending = ScansAtWork()
    private let schedules: ScheduleKeeper

    /// Calls of `planProbes` for one scan in a round: the next scan must not wait for all of a big one.
    private static let plansPerRound = 20
    /// Between rounds: with a scan that runs, and without.
    private static let pause = (busy: Duration.milliseconds(200), idle: Duration.seconds(1))
    private static let housekeepingPause = Duration.seconds(600)

    /// - Parameters:
    ///   - name: for people: host and process.
    ///   - leadSeconds: how long it leads without asking again; another takes over within this time after a crash.
    public init(store: Store, name: String, logger: Logger, leadSeconds: Double = 6) {
        self.store = store
        self.logger = logger
        coordinator = Coordinator(store: store, logger: logger)
        schedules = ScheduleKeeper(store: store, logger: logger)
        leadership = Leadership(store: store, name: name, seconds: leadSeconds, logger: logger)
    }

    /// Leads or stands by until the task is cancelled; then lets another lead at once.
    ///
    /// - Throws: a store error that is not a passing absence of the database.
    public func run() async throws {
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await leadership.keep() }
                group.addTask { try await whileLeading(keepHouse, pause: { _ in Self.housekeepingPause }) }
                group.addTask { try await whileLeading(keepStatistics, pause: { _ in Coordinator.statisticsPause }) }
                group.addTask { try await work() }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch is CancellationError {}
        // Not through a cancelled task: the others should not have to wait.
        await Task { await leadership.end() }.value
    }

    /// Rounds over all scans. A scan that can end is rolled up beside the rounds, since that may take minutes.
    private func work() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await whileLeading({ try await round(in: &group) }, pause: { $0 ? Self.pause.busy : Self.pause.idle })
        }
    }

    /// True when there is a scan to look after.
    private func round(in group: inout ThrowingDiscardingTaskGroup<any Error>) async throws -> Bool {
        try await coordinator.reap()
        try await guarded("schedules") { try await schedules.startWhatIsDue() }
        let scans = try await store.unfinishedScans()
        for scan in scans where leadership.holds {
            try await guarded("scan \(scan.name)") {
                if scan.state == .running { try await plan(scan.id) }
            }
            guard scan.state != .paused, ending.begin(scan.id) else { continue }
            group.addTask {
                defer { ending.end(scan.id) }
                await end(scan)
            }
        }
        return !scans.isEmpty
    }

    /// Rolls a scan up and ends it, if nothing is left to do. What fails is tried again in the next round.
    private func end(_ scan: ScanInfo) async {
        do {
            if try await store.finishIfComplete(scan.id) {
                logger.notice("scan has ended", metadata: ["scan": "\(scan.name)"])
            }
        } catch is CancellationError {
        } catch {
            logger.error("scan could not be ended", metadata: ["scan": "\(scan.name)", "error": "\(error)"])
        }
    }

    private func plan(_ scan: Int64) async throws {
        for _ in 0..<Self.plansPerRound where try await store.planProbes(scan) < Store.mostPlanned {
            return
        }
    }

    private func keepHouse() async throws {
        try await guarded("workers of the past") { try await store.forgetWorkers() }
        try await guarded("retention") {
            var dropped = false
            while leadership.holds, let scan = try await store.applyRetention() {
                dropped = true
                logger.notice("scan was dropped: it is to be kept no longer", metadata: ["scan": "\(scan)"])
            }
            guard dropped else { return }
            let removed = try await store.removeUnusedCertificates()
            logger.notice("removed certificates that no scan refers to", metadata: ["certificates": "\(removed)"])
        }
    }

    private func keepStatistics() async throws {
        try await guarded("statistics") { try await coordinator.keepStatistics() }
    }

    /// Repeats `body` while this process leads; waits while it does not.
    private func whileLeading<Value>(_ body: () async throws -> Value, pause: (Value) -> Duration) async throws {
        while true {
            var wait = Self.pause.busy
            if leadership.holds, let value = try await coordinator.patiently(body) { wait = pause(value) }
            try await Task.sleep(for: wait)
        }
    }

    /// One scan's trouble must not stop the others: what is not a passing absence of the database is logged.
    private func guarded<Value>(_ what: String, _ body: () async throws -> Value) async throws {
        do {
            _ = try await body()
        } catch let error as StoreError where !error.isTransient {
            logger.error("\(what): failed; trying again", metadata: ["error": "\(error)"])
        }
    }
}

/// Scans that are being ended: each once at a time, and only so many that connections are left for the rounds.
private final class ScansAtWork: Sendable {
    private static let limit = 3
    private let scans = Mutex<Set<Int64>>([])

    /// False when it is under way already, or too many are.
    func begin(_ scan: Int64) -> Bool {
        scans.withLock { $0.count < Self.limit && $0.insert(scan).inserted }
    }

    func end(_ scan: Int64) { scans.withLock { _ = $0.remove(scan) } }
}
