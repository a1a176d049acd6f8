import CensusStore
import Foundation
import Logging

/// Starts the scans of schedules when they are due, once a second at most, and logs what became of each.
final class ScheduleKeeper: Sendable {
    private let store: Store
    private let logger: Logger
    private let throttle = Throttle(pause: .seconds(1))

    init(store: Store, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// - Throws: `StoreError`.
    func startWhatIsDue() async throws {
        guard throttle.begin() else { return }
        for run in try await store.runDueSchedules() { log(run) }
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
