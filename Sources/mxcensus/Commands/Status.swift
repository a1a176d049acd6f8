import ArgumentParser
import CensusModel
import CensusStore
import Foundation

struct Scans: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the scans with their progress, newest first.", discussion: "Example:\n  mxcensus scans --json")
    @Option(help: "How many.")
    var limit: Int = 50
    @Flag(help: "Write JSON.")
    var json = false
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit must be at least 1.") }
    }

    func run() async throws {
        try await database.withStore { store in
            var lines: [ScanLine] = []
            for scan in try await store.scans().prefix(limit) { lines.append(try await store.line(scan)) }
            if json { return try Console.output(json: lines) }
            guard !lines.isEmpty else { return print("There is no scan yet. Start one with: mxcensus scan LIST") }
            Console.output(ScanLine.table(lines))
        }
    }
}

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the fleet, and how far a scan is: coordinators, workers, progress, batches that were given up.",
        discussion: """
            Examples:
              mxcensus status
              mxcensus status customers-2026-w48 --json
            """)
    @Argument(help: "Name or number of the scan. (default: all that are not finished, or the latest)")
    var scan: String?
    @Flag(help: "Write JSON.")
    var json = false
    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        try await database.withStore { store in
            let report = try await FleetReport.read(store, scan: scan)
            if json { return try Console.output(json: report) }
            Console.output(report.text)
        }
    }
}

/// What `mxcensus status` shows.
struct FleetReport: Encodable {
    struct Scan: Encodable {
        let scan: ScanLine
        let dead: [DeadBatch]
    }

    let coordinators: [CoordinatorState]
    let workers: [WorkerState]
    let scans: [Scan]
    private let deadTables: [String]

    private enum CodingKeys: String, CodingKey { case coordinators, workers, scans }

    static func read(_ store: Store, scan: String?) async throws -> FleetReport {
        var chosen: [ScanInfo] = []
        if let scan {
            chosen = [try await store.find(scan)]
        } else {
            chosen = try await store.unfinishedScans()
            if chosen.isEmpty, let latest = try await store.latestScan() { chosen = [latest] }
        }
        var scans: [Scan] = []
        var tables: [String] = []
        for info in chosen {
            let dead = try await store.deadBatches(info.id)
            scans.append(Scan(scan: try await store.line(info), dead: dead))
            if !dead.isEmpty {
                tables.append(
                    "\nGiven up in '\(EscapedText.escape(info.name.utf8))' (again: mxcensus batches retry \(info.id)):\n"
                        + DeadBatch.table(dead))
            }
        }
        return FleetReport(
            coordinators: try await store.coordinators(), workers: try await store.workers(), scans: scans,
            deadTables: tables)
    }

    var text: String {
        var text = ""
        text +=
            coordinators.isEmpty
            ? "No coordinator is running: nothing is planned or ended. Start one with: mxcensus coordinator\n"
            : TextTable(
                ["coordinator", "since", ""],
                coordinators.map { [$0.name, $0.registeredAt.formatted(.iso8601), $0.leads ? "leads" : "stands by"] }
            ).text
        text += "\n"
        text +=
            workers.isEmpty
            ? "No worker is running. Start one with: mxcensus worker\n"
            : TextTable(
                ["worker", "name", "since", "resolve batches", "lanes"],
                workers.map {
                    ["\($0.id)", $0.name, $0.registeredAt.formatted(.iso8601), "\($0.resolveBatches)", "\($0.lanes)"]
                }, rightAligned: [0, 3, 4]
            ).text
        text += "\n"
        text += scans.isEmpty ? "There is no scan yet.\n" : ScanLine.table(scans.map(\.scan))
        return text + deadTables.joined()
    }
}
