import CensusModel
import CensusSQL
import Foundation
import PostgresClient

/// What became of a moment of a schedule.
public enum ScheduleResult: String, Sendable, Hashable, CaseIterable {
    /// A scan was started.
    case started
    /// None was: the previous one had not ended.
    case skipped
    /// None could be.
    case failed
}

/// A new schedule.
public struct NewSchedule: Sendable {
    /// Its name; no two schedules have the same. Its scans are called by it and the date.
    public let name: String
    /// Name of the list that is scanned.
    public let list: String
    /// When it runs.
    public let rule: ScheduleRule
    /// Time zone of the rule, as in pg_timezone_names, in any case.
    public let timeZone: String
    /// Settings of its scans.
    public let settings: ScanSettings
    /// The authorities that its scans trust, PEM.
    public let trustStorePEM: [UInt8]
    /// Only so many domains, the first of the list; nil for all.
    public let limit: Int?

    /// A schedule of these values.
    public init(
        name: String, list: String, rule: ScheduleRule, timeZone: String, settings: ScanSettings,
        trustStorePEM: [UInt8], limit: Int? = nil
    ) {
        self.name = name
        self.list = list
        self.rule = rule
        self.timeZone = timeZone
        self.settings = settings
        self.trustStorePEM = trustStorePEM
        self.limit = limit
    }
}

/// A schedule, when it runs next, and what became of its latest run.
public struct ScheduleInfo: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// Name of the list that is scanned.
    public let list: String
    /// When it runs.
    public let rule: ScheduleRule
    /// Time zone of the rule.
    public let timeZone: String
    /// It starts nothing.
    public let isPaused: Bool
    /// When it runs next; nil while paused.
    public let nextAt: Date?
    /// Its scan that has not ended; nil when there is none.
    public let runningScan: String?
    /// Moment of the latest run; nil before the first.
    public let lastDueAt: Date?
    /// What became of it; nil before the first.
    public let lastResult: ScheduleResult?
    /// Name of the scan that it started; nil when it started none.
    public let lastScan: String?
    /// Why it was skipped or failed.
    public let lastReason: String?
}

/// What became of one moment of a schedule.
public struct ScheduleRun: Sendable, Hashable {
    /// The moment.
    public let dueAt: Date
    /// When it was looked after: later than `dueAt` after an outage.
    public let startedAt: Date
    /// Somebody asked for it.
    public let isByHand: Bool
    /// What became of it.
    public let result: ScheduleResult
    /// Moments before it that passed while no coordinator ran.
    public let missed: Int64
    /// Name of the scan when it began; nil when none was started.
    public let scan: String?
    /// State of the scan; nil when none was started, or when it has been removed since.
    public let scanState: ScanInfo.State?
    /// Why it was skipped or failed.
    public let reason: String?
}

/// A schedule that was due, and what became of it.
public struct DueSchedule: Sendable, Hashable {
    /// Name of the schedule.
    public let schedule: String
    /// The latest moment that had passed.
    public let dueAt: Date
    /// What became of it.
    public let result: ScheduleResult
    /// Moments before it that passed while no coordinator ran.
    public let missed: Int64
    /// Name of the scan that was started; nil when none was.
    public let scan: String?
    /// Why it was skipped or failed.
    public let reason: String?
}

/// Scans that begin by the calendar. Moments are computed by the database, with its time zones.
///
/// `now` is for tests: nil is the database's clock.
extension Store {
    /// Adds a schedule. Its first run is the first moment after now.
    ///
    /// - Throws: `StoreError`: no such list (MX002), the name is taken (MX003), no such time zone (MX006).
    public func addSchedule(_ schedule: NewSchedule, now: Date? = nil) async throws {
        let json = String(decoding: try JSONEncoder().encode(schedule.settings), as: UTF8.self)
        let rule = schedule.rule
        try await query(
            EmbeddedSQL.addSchedule,
            [
                Parameter(schedule.name), Parameter(schedule.list), Parameter(Int32(clamping: rule.count)),
                Parameter(rule.unit.rawValue), Parameter(rule.day.map { Int32(clamping: $0) }),
                Parameter(Int32(clamping: rule.minute)), Parameter(schedule.timeZone), Parameter(json),
                Parameter(schedule.trustStorePEM), Parameter(schedule.limit.map { Int64($0) }), Parameter(now),
            ])
    }

    /// All schedules, by name.
    ///
    /// - Throws: `StoreError`.
    public func schedules() async throws -> [ScheduleInfo] { try await schedules(named: nil) }

    /// The schedule of that name; nil when there is none.
    ///
    /// - Throws: `StoreError`.
    public func schedule(named name: String) async throws -> ScheduleInfo? { try await schedules(named: name).first }

    /// What became of a schedule's moments, newest first; empty when there is no such schedule.
    ///
    /// - Parameter limit: so many at most.
    /// - Throws: `StoreError`.
    public func scheduleRuns(_ name: String, limit: Int) async throws -> [ScheduleRun] {
        let rows = try await query(EmbeddedSQL.scheduleRuns, [Parameter(name), Parameter(Int64(limit))])
        return try translate {
            try rows.map { row in
                var row = row
                return ScheduleRun(
                    dueAt: try row.next(), startedAt: try row.next(), isByHand: try row.next(),
                    result: try row.nextCode("result of a run"), missed: try row.next(),
                    scan: try row.nextOptional(), scanState: try row.nextOptionalCode("scan state"),
                    reason: try row.nextOptional())
            }
        }
    }

    /// The schedule starts nothing from now on; a scan that runs goes on.
    ///
    /// - Throws: `StoreError`: no such schedule (MX002).
    public func pauseSchedule(_ name: String) async throws {
        try await query("SELECT census.pause_schedule($1)", [Parameter(name)])
    }

    /// A paused schedule goes on with its next moment; those in the pause are not caught up.
    ///
    /// - Throws: `StoreError`: no such schedule (MX002).
    public func resumeSchedule(_ name: String, now: Date? = nil) async throws {
        try await query("SELECT census.resume_schedule($1, coalesce($2, now()))", [Parameter(name), Parameter(now)])
    }

    /// Removes a schedule and the record of its runs. Its scans stay.
    ///
    /// - Throws: `StoreError`: no such schedule (MX002).
    public func removeSchedule(_ name: String) async throws {
        try await query("SELECT census.remove_schedule($1)", [Parameter(name)])
    }

    /// Begins a scan of a schedule at once, also of a paused one; its moments stay.
    ///
    /// - Returns: the name of the scan.
    /// - Throws: `StoreError`: no such schedule (MX002), its scan has not ended (MX005).
    public func runScheduleNow(_ name: String, now: Date? = nil) async throws -> String {
        let rows = try await query(
            "SELECT census.run_schedule_now($1, coalesce($2, now()))", [Parameter(name), Parameter(now)])
        return try translate {
            var row = try rows.one()
            return try row.next()
        }
    }

    /// Starts a scan for every schedule that is due, ten at most. Safe to repeat, and to call from several processes at
    /// once. A schedule that fails does not stop the others.
    ///
    /// - Returns: what became of those that were due.
    /// - Throws: `StoreError`.
    public func runDueSchedules(now: Date? = nil) async throws -> [DueSchedule] {
        let rows = try await query(EmbeddedSQL.runDueSchedules, [Parameter(now)])
        return try translate {
            try rows.map { row in
                var row = row
                return DueSchedule(
                    schedule: try row.next(), dueAt: try row.next(), result: try row.nextCode("result of a run"),
                    missed: try row.next(), scan: try row.nextOptional(), reason: try row.nextOptional())
            }
        }
    }

    private func schedules(named name: String?) async throws -> [ScheduleInfo] {
        let rows = try await query(EmbeddedSQL.schedules, [Parameter(name)])
        return try translate { try rows.map(Self.scheduleInfo) }
    }

    private static func scheduleInfo(_ row: Row) throws -> ScheduleInfo {
        var row = row
        return ScheduleInfo(
            name: try row.next(), list: try row.next(),
            rule: ScheduleRule(
                count: Int(try row.next(Int32.self)), unit: try row.nextCode("unit of a schedule"),
                day: try row.nextOptional(Int32.self).map(Int.init), minute: Int(try row.next(Int32.self))),
            timeZone: try row.next(), isPaused: try row.next(), nextAt: try row.nextOptional(),
            runningScan: try row.nextOptional(), lastDueAt: try row.nextOptional(),
            lastResult: try row.nextOptionalCode("result of a run"), lastScan: try row.nextOptional(),
            lastReason: try row.nextOptional())
    }
}
