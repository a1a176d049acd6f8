import CensusModel
import CensusSQL
import PostgresClient

import struct Foundation.Date

/// One coordinator process that was heard of a few seconds ago.
public struct CoordinatorState: Sendable, Hashable, Encodable {
    /// For people: host and process.
    public let name: String
    /// When it began.
    public let registeredAt: Date
    /// It is the one that leads.
    public let leads: Bool
}

/// One active worker, and what it holds.
public struct WorkerState: Sendable, Hashable, Encodable {
    /// Number of the incarnation.
    public let id: WorkerID
    /// For people: host and process.
    public let name: String
    /// When it began.
    public let registeredAt: Date
    /// Resolve batches that it holds.
    public let resolveBatches: Int
    /// Lanes that it holds.
    public let lanes: Int
}

/// One network of a scan: how much is left in it, and at which pace.
public struct LaneState: Sendable, Hashable, Encodable {
    /// A /24 or /48.
    public let network: String
    /// ready, leased, idle or dead.
    public let state: String
    /// Host addresses that remain to be probed.
    public let pending: Int64
    /// Host addresses done.
    public let done: Int64
    /// Back-off: rate and connections are the scan's, divided by two to this power.
    public let slowdown: Int
    /// New connections per second at that pace.
    public let ratePerSecond: Double
    /// Seconds that the rest takes at least, at that pace.
    public let remainingSeconds: Double
    /// Who holds it; nil when nobody does.
    public let worker: String?
}

/// By what lanes are listed.
public enum LaneOrder: String, Sendable, CaseIterable {
    /// Those that take longest first.
    case longest
    /// Those that are slowed down most first.
    case slowest
}

/// Coordinators and workers as a fleet, and what people tell it to do.
extension Store {
    // MARK: - Leading

    /// A coordinator says that it lives, and leads for `seconds` from now if it led already or nobody does.
    ///
    /// - Parameter id: a random number that the process chose.
    /// - Returns: true when it leads.
    /// - Throws: `StoreError`.
    public func lead(_ id: Int64, name: String, seconds: Double) async throws -> Bool {
        let rows = try await query(
            "SELECT census.lead($1, $2, $3)", [Parameter(id), Parameter(name), Parameter(seconds)])
        return try translate {
            var row = try rows.one()
            return try row.next()
        }
    }

    /// A coordinator ends: another may lead at once.
    ///
    /// - Throws: `StoreError`.
    public func stopLeading(_ id: Int64) async throws {
        try await query("SELECT census.stop_leading($1)", [Parameter(id)])
    }

    /// The coordinators that are alive, the leader first.
    ///
    /// - Throws: `StoreError`.
    public func coordinators() async throws -> [CoordinatorState] {
        let rows = try await query(EmbeddedSQL.coordinators)
        return try translate {
            try rows.map { row in
                var row = row
                return CoordinatorState(
                    name: try row.next(), registeredAt: try row.next(), leads: try row.next())
            }
        }
    }

    // MARK: - Workers

    /// The active workers.
    ///
    /// - Throws: `StoreError`.
    public func workers() async throws -> [WorkerState] {
        let rows = try await query(EmbeddedSQL.workers)
        return try translate {
            try rows.map { row in
                var row = row
                return WorkerState(
                    id: try row.next(), name: try row.next(), registeredAt: try row.next(),
                    resolveBatches: Int(try row.next(Int64.self)), lanes: Int(try row.next(Int64.self)))
            }
        }
    }

    /// Removes workers that ended long ago.
    ///
    /// - Returns: how many.
    /// - Throws: `StoreError`.
    @discardableResult
    public func forgetWorkers() async throws -> Int {
        Int(try await number("SELECT census.forget_workers()"))
    }

    /// Which of these scans do not run: paused, cancelled, finished or gone.
    ///
    /// - Throws: `StoreError`.
    public func stoppedScans(among scans: [Int64]) async throws -> [Int64] {
        let rows = try await query(
            "SELECT census.stopped_scans($1)", [.array(scans.map { Int32(exactly: $0) })])
        return try translate {
            var row = try rows.one()
            return try row.nextArray(of: Int32.self).map(Int64.init)
        }
    }

    // MARK: - The life of scans

    /// Nothing of the scan is leased from now on; leases that stand are completed.
    ///
    /// - Throws: `StoreError`: no such scan, or it has ended.
    public func pause(_ scan: Int64) async throws { try await query("SELECT census.pause_scan($1)", [.scan(scan)]) }

    /// A paused scan goes on.
    ///
    /// - Throws: `StoreError`: no such scan, or it has ended.
    public func resume(_ scan: Int64) async throws { try await query("SELECT census.resume_scan($1)", [.scan(scan)]) }

    /// Ends a scan before its time: as soon as no lease of it is left. What it has found stays.
    ///
    /// - Throws: `StoreError`: no such scan, or it is finished.
    public func cancel(_ scan: Int64) async throws { try await query("SELECT census.cancel_scan($1)", [.scan(scan)]) }

    /// Makes batches that were given up ready again; a finished scan runs again until they are done.
    ///
    /// - Returns: how many there were.
    /// - Throws: `StoreError`: no such scan, or it was cancelled.
    public func retryDead(_ scan: Int64) async throws -> Int {
        Int(try await number("SELECT census.retry_dead($1)", [.scan(scan)]))
    }

    /// The scans that are neither finished nor cancelled, oldest first.
    ///
    /// - Throws: `StoreError`.
    public func unfinishedScans() async throws -> [ScanInfo] {
        try await scans(unfinished: true, limit: .max).reversed()
    }

    /// Lanes of a scan with something left to do.
    ///
    /// - Parameter limit: so many at most.
    /// - Throws: `StoreError`.
    public func lanes(_ scan: Int64, order: LaneOrder, limit: Int) async throws -> [LaneState] {
        let rows = try await query(
            EmbeddedSQL.lanes, [.scan(scan), Parameter(order == .slowest), Parameter(Int64(limit))])
        return try translate {
            try rows.map { row in
                var row = row
                return LaneState(
                    network: try row.next(), state: try row.next(), pending: try row.next(), done: try row.next(),
                    slowdown: Int(try row.next(Int32.self)), ratePerSecond: try row.next(),
                    remainingSeconds: try row.next(),
                    worker: try row.nextOptional())
            }
        }
    }

    /// The networks of a scan, and how many host addresses were planned in each.
    ///
    /// - Throws: `StoreError`.
    public func networkTargets(_ scan: Int64) async throws -> [(network: CIDR, targets: Int)] {
        let rows = try await query(EmbeddedSQL.networkTargets, [.scan(scan)])
        return try translate {
            try rows.map { row in
                var row = row
                let text: String = try row.next()
                guard let network = CIDR(text) else {
                    throw StoreError("Scan \(scan) has a lane of no network: '\(text)'.")
                }
                return (network, Int(try row.next(Int64.self)))
            }
        }
    }
}
