import CensusStore
import Foundation
import Logging
import Synchronization

/// Starts the scans of schedules when they are due, once a second at most, and logs what became of each.
final class ScheduleKeeper: Sendable {
    private let store: Store
    private let logger: Logger
    private let last = Mutex<ContinuousClock.Instant?>(nil)

    private static let pause = Duration.seconds(1)

    init(store: Store, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// - Throws: `StoreError`.
    func startWhatIsDue() async throws {
        guard begin(.now) else { return }
        for run in try await store.runDueSchedules() { log(run) }
    }

    /// False when it is too soon after the last time.
    private func begin(_ now: ContinuousClock.Instant) -> Bool {
        last.withLock { last in
            if let last, now - last < Self.pause { return false }
            last = now
            return true
        }
    }

    private func log(_ run: DueSchedule) {
        var facts: Logger.Metadata = ["schedule": "\(run.schedule)", "due": "\(run.dueAt.formatted(.iso8601))"]
        if run.missed > 0 { facts["missed"] = "\(run.missed)" }
        if let scan = run.scan { facts["scan"] = "\(scan)" }
        if let reason = run.reason { facts["reason"] = "\(reason)" }
        switch run.result {
        case .started: logger.notice("schedule has started a scan", metadata: facts)
        case .skipped: logger.warning("schedule was skipped", metadata: facts)
        case .failed: logger.error("schedule failed", metadata: facts)
        }
    }
}
