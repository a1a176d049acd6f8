import CensusModel
import CensusStore
import Foundation

/// Finds or creates the scan that a command line asks for.
struct ScanPlan: Sendable {
    let name: String?
    let settings: ScanSettings
    let trustStorePEM: [UInt8]
    let limit: Int?
    let columns: ColumnOptions

    /// The unfinished scan named by `--name`, else the latest unfinished one.
    func unfinished(in store: Store) async throws -> ScanInfo {
        if let name {
            let scan = try await store.find(name)
            guard scan.finishedAt == nil else {
                throw UsageError(
                    "Scan '\(name)' is \(scan.state.rawValue): nothing to resume. `mxcensus report \(name)` shows it.")
            }
            return scan
        }
        guard let scan = try await store.unfinishedScan(ofList: nil) else {
            throw UsageError("No unfinished scan. Start one with: mxcensus scan LIST")
        }
        return scan
    }

    /// Imports `lists` where they are files, and goes on with an unfinished scan of the same list or creates a new one.
    func scan(of lists: [String], in store: Store) async throws -> ScanInfo {
        if let name, let existing = try await store.findScan(named: name) {
            guard existing.finishedAt == nil else {
                throw UsageError(
                    "A scan named '\(name)' exists and is \(existing.state.rawValue): choose another --name.")
            }
            return announce(existing)
        }
        let list = try await ListSource.prepare(lists, columns: columns, in: store)
        if name == nil, let unfinished = try await store.unfinishedScan(ofList: list) { return announce(unfinished) }
        return try await store.createScan(
            name: try await freeName(for: ListSource.title(of: lists), in: store), list: list, settings: settings,
            trustStorePEM: trustStorePEM, limit: limit)
    }

    private func announce(_ scan: ScanInfo) -> ScanInfo {
        Console.error("Going on with scan '\(scan.name)', with the settings it was started with.")
        return scan
    }

    /// `--name`, else title and date, with a number when that is taken.
    private func freeName(for title: String, in store: Store) async throws -> String {
        if let name { return name }
        let base = "\(title)-\(Date.now.formatted(.iso8601.year().month().day()))"
        var candidate = base
        var number = 2
        while try await store.findScan(named: candidate) != nil {
            candidate = "\(base)-\(number)"
            number += 1
        }
        return candidate
    }
}
