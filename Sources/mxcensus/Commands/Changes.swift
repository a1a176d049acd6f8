import ArgumentParser
import CensusModel
import CensusStore
import Foundation

struct Changes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what changed in a scan since the one before of the same list.",
        discussion: """
            appeared: seen for the first time. gone: no longer there. fixed and broke: trusted TLS now, or no longer. \
            still_broken: none, now as before, with since when. What could not be seen is never called fixed or broken.

            Examples:
              mxcensus changes
              mxcensus changes customers-2026-w48 --kind host --change broke --limit 1000
              mxcensus changes latest --json
            """)

    @Argument(help: "Name or number of the scan. (default: the latest)")
    var scan: String?
    @Option(help: "Only host or domain.")
    var kind: ChangeKind?
    @Option(help: "Only one change: appeared, gone, fixed, broke or still_broken.")
    var change: Change?
    @Option(help: "How many lines beside the counts.")
    var limit: Int = 50
    @Flag(help: "Write JSON.")
    var json = false
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        if !(0...10_000_000).contains(limit) {
            throw ValidationError("--limit must be between 0 and 10000000, not \(limit).")
        }
    }

    func run() async throws {
        try await database.withStore { store in
            let scan = try await store.find(scan)
            let counts = try await store.changeCounts(scan.id)
            let changes = try await store.changes(scan.id, kind: kind, change: change, limit: limit)
            if json { return try Console.output(json: ChangeReport(scan: scan.name, counts: counts, changes: changes)) }
            guard scan.state == .finished else {
                return print("Scan '\(scan.name)' is \(scan.state.rawValue): changes are known when it is finished.")
            }
            guard !counts.isEmpty else {
                return print("Nothing changed since the scan before, or '\(scan.name)' is the first of its list.")
            }
            Console.output(
                TextTable(
                    ["kind", "change", "count"], counts.map { [$0.kind.rawValue, $0.change.rawValue, "\($0.count)"] },
                    rightAligned: [2]
                ).text)
            guard !changes.isEmpty else { return }
            Console.output(
                "\n"
                    + TextTable(
                        ["kind", "change", "name", "now", "since"],
                        changes.map {
                            [
                                $0.kind.rawValue, $0.change.rawValue, $0.name, $0.now ?? "–",
                                $0.since.formatted(.iso8601),
                            ]
                        }
                    ).text)
        }
    }
}

extension ChangeKind: ExpressibleByArgument {}
extension Change: ExpressibleByArgument {}

/// Changes as `--json` shows them.
private struct ChangeReport: Encodable {
    let scan: String
    let counts: [ChangeCount]
    let changes: [ScanChange]
}
