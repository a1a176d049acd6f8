import ArgumentParser
import CensusModel
import CensusStore
import Foundation

/// `run-now`, `pause`, `resume` and `remove`: what they take.
struct ScheduleOptions: ParsableArguments {
    @Argument(help: "Name of the schedule.")
    var name: String
    @OptionGroup var database: DatabaseOptions

    /// Changes the schedule, and prints what `change` says.
    func change(_ change: @escaping @Sendable (Store, String) async throws -> String) async throws {
        try await database.withStore { store in
            // Only a name that a schedule has is ever printed.
            guard try await store.schedule(named: name) != nil else { throw ScheduleName.missing(name) }
            print(try await ScheduleName.explaining { try await change(store, name) })
        }
    }
}

/// Names of schedules, and what is wrong with one.
enum ScheduleName {
    static func isValid(_ name: String) -> Bool {
        func isPlain(_ byte: UInt8) -> Bool {
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        }
        return (1...100).contains(name.utf8.count) && name.utf8.first.map(isPlain) == true
            && name.utf8.allSatisfy { isPlain($0) || ".-_".utf8.contains($0) }
    }

    static func missing(_ name: String) -> UsageError {
        UsageError(
            "There is no schedule named '\(EscapedText.escape(name.utf8.prefix(200)))'. `mxcensus schedule list` shows all."
        )
    }

    /// Runs `body`; what the database refuses because of what was asked for becomes a usage error.
    static func explaining<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as StoreError {
            var message = error.description
            if let state = message.range(of: " [SQLSTATE", options: .backwards) {
                message = String(message[..<state.lowerBound])
            }
            let words = EscapedText.escape(message.utf8.prefix(1000))
            switch error.sqlState {
            case "MX002" where words.hasPrefix("there is no list"):
                throw UsageError("--list: \(words). Import it with: mxcensus import NAME FILE")
            case "MX006": throw UsageError("--timezone: \(words).")
            case "MX002", "MX003", "MX005": throw UsageError(words.prefix(1).uppercased() + words.dropFirst() + ".")
            default: throw error
            }
        }
    }
}

/// A schedule as `schedule list` shows it.
struct ScheduleLine: Encodable {
    let name: String
    let list: String
    let every: String
    let at: String
    let timezone: String
    let paused: Bool
    let nextAt: Date?
    let runningScan: String?
    let lastDueAt: Date?
    let lastResult: String?
    let lastScan: String?
    let lastReason: String?

    init(_ schedule: ScheduleInfo) {
        name = schedule.name
        list = schedule.list
        every = schedule.rule.everyText
        at = schedule.rule.atText
        timezone = schedule.timeZone
        paused = schedule.isPaused
        nextAt = schedule.nextAt
        runningScan = schedule.runningScan
        lastDueAt = schedule.lastDueAt
        lastResult = schedule.lastResult?.rawValue
        lastScan = schedule.lastScan
        lastReason = schedule.lastReason
    }

    static func table(_ schedules: [ScheduleInfo]) -> String {
        TextTable(
            ["name", "list", "every", "at", "time zone", "next run", "latest run"],
            schedules.map {
                [
                    $0.name, $0.list, $0.rule.everyText, $0.rule.atText, $0.timeZone,
                    $0.isPaused ? "paused" : local($0.nextAt, $0.timeZone) ?? "–", latest($0),
                ]
            }
        ).text
    }

    private static func latest(_ schedule: ScheduleInfo) -> String {
        if let running = schedule.runningScan { return "\(running) runs" }
        guard let result = schedule.lastResult else { return "–" }
        return schedule.lastScan ?? "\(result.rawValue): \(schedule.lastReason ?? "")"
    }

    /// `date` by the clock of `zone`, with its offset; by UTC where this machine does not know the zone. Nil when `date` is.
    static func local(_ date: Date?, _ zone: String) -> String? {
        date?.formatted(
            Date.ISO8601FormatStyle(timeZoneSeparator: .colon, timeZone: TimeZone(identifier: zone) ?? .gmt))
    }
}

/// A run as `schedule runs` shows it.
struct ScheduleRunLine: Encodable {
    let dueAt: Date
    let startedAt: Date
    let byHand: Bool
    let result: String
    let missed: Int64
    let scan: String?
    let scanState: String?
    let reason: String?

    init(_ run: ScheduleRun) {
        dueAt = run.dueAt
        startedAt = run.startedAt
        byHand = run.isByHand
        result = run.result.rawValue
        missed = run.missed
        scan = run.scan
        scanState = run.scanState?.rawValue
        reason = run.reason
    }

    static func table(_ runs: [ScheduleRun], zone: String) -> String {
        TextTable(
            ["due", "started", "result", "missed", "scan", "state", "reason"],
            runs.map {
                [
                    $0.isByHand ? "by hand" : ScheduleLine.local($0.dueAt, zone) ?? "–",
                    ScheduleLine.local($0.startedAt, zone) ?? "–", $0.result.rawValue, "\($0.missed)", $0.scan ?? "–",
                    $0.scan == nil ? "–" : $0.scanState?.rawValue ?? "removed", $0.reason ?? "",
                ]
            }, rightAligned: [3]
        ).text
    }
}
