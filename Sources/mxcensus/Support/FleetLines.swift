import CensusModel
import CensusStore
import Foundation

extension DeadBatch {
    static func table(_ batches: [DeadBatch]) -> String {
        TextTable(
            ["kind", "number", "contents", "attempts", "last error"],
            batches.map { [$0.kind.rawValue, "\($0.id)", $0.contents, "\($0.attempts)", $0.lastError] },
            rightAligned: [1, 3]
        ).text
    }
}

extension LaneState {
    static func table(_ lanes: [LaneState]) -> String {
        TextTable(
            ["network", "state", "pending", "done", "slowdown", "per second", "remaining", "worker"],
            lanes.map {
                [
                    $0.network, $0.state, "\($0.pending)", "\($0.done)", $0.slowdown == 0 ? "–" : "\($0.slowdown)",
                    $0.ratePerSecond.formatted(
                        .number.precision(.significantDigits(1...3)).grouping(.never).locale(plain)),
                    span($0.remainingSeconds), $0.worker ?? "–",
                ]
            }, rightAligned: [2, 3, 4, 5, 6]
        ).text
    }

    private static let plain = Locale(identifier: "en_US_POSIX")

    private static func span(_ seconds: Double) -> String {
        Duration.seconds(seconds.rounded(.up)).formatted(
            .units(allowed: [.days, .hours, .minutes, .seconds], width: .narrow))
    }
}

/// A scan with its progress, as `mxcensus scans` and `status` show it.
struct ScanLine: Encodable {
    let id: Int64
    let name: String
    let list: String
    let state: String
    let startedAt: Date
    let finishedAt: Date?
    let domains: Int64
    let domainsResolved: Int64
    let hosts: Int64
    let targets: Int64
    let targetsDone: Int64
    let deadBatches: Int64

    init(_ scan: ScanInfo, _ progress: ScanProgress) {
        id = scan.id
        name = scan.name
        list = scan.list
        state = scan.state.rawValue
        startedAt = scan.startedAt
        finishedAt = scan.finishedAt
        domains = progress.domains
        domainsResolved = progress.domainsResolved
        hosts = progress.hosts
        targets = progress.targets
        targetsDone = progress.targetsDone
        deadBatches = progress.deadBatches
    }

    static func table(_ scans: [ScanLine]) -> String {
        TextTable(
            ["scan", "name", "list", "state", "started", "domains", "probes", "given up"],
            scans.map {
                [
                    "\($0.id)", $0.name, $0.list, $0.state, $0.startedAt.formatted(.iso8601),
                    "\($0.domainsResolved)/\($0.domains)", "\($0.targetsDone)/\($0.targets)", "\($0.deadBatches)",
                ]
            }, rightAligned: [0, 5, 6, 7]
        ).text
    }
}

extension Store {
    /// A scan with its progress.
    func line(_ scan: ScanInfo) async throws -> ScanLine { ScanLine(scan, try await progress(scan.id)) }
}

extension Console {
    /// One JSON value on standard output, keys in snake case.
    static func output(json value: some Encodable, onOneLine: Bool = false) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if !onOneLine { encoder.outputFormatting.insert(.prettyPrinted) }
        try output(bytes: Array(try encoder.encode(value)) + [UInt8(ascii: "\n")])
    }
}
