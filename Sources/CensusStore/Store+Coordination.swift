import CensusModel
import CensusSQL
import PostgresClient

/// A batch that was given up.
public struct DeadBatch: Sendable, Hashable, Encodable {
    /// What kind of batch.
    public enum Kind: String, Sendable, Encodable { case resolve, lane }
    /// What kind of batch it is.
    public let kind: Kind
    /// Number of the batch or lane.
    public let id: Int64
    /// Leases in a row that ended without a result.
    public let attempts: Int
    /// Why the last of them did.
    public let lastError: String
    /// What is in it, for people.
    public let contents: String
}

/// What coordinators need: every call is safe to repeat and to make from several coordinators at once.
extension Store {
    /// Targets that one call of `planProbes` plans at most.
    public static let mostPlanned = 10_000

    /// Puts host addresses that were found, or that are next in turn, into the lanes of their networks.
    ///
    /// - Returns: how many; fewer than `mostPlanned` when no more waited.
    /// - Throws: `StoreError`.
    public func planProbes(_ scan: Int64) async throws -> Int {
        Int(
            try await number(
                "SELECT census.plan_probes($1, $2)", [.scan(scan), Parameter(Int32(clamping: Self.mostPlanned))]))
    }

    /// Takes back the leases of workers that sent no heartbeat in time.
    ///
    /// - Returns: how many.
    /// - Throws: `StoreError`.
    public func reapExpired() async throws -> Int {
        Int(try await number("SELECT census.reap_expired()"))
    }

    /// Gives the planner statistics of one partitioned table that has outgrown those it has.
    ///
    /// - Returns: the table's name; nil when no table needs it, or it is locked.
    /// - Throws: `StoreError`.
    public func analyzeParent() async throws -> String? {
        let rows = try await query("SELECT census.analyze_parent()")
        return try translate {
            var row = try rows.one()
            return try row.nextOptional(String.self)
        }
    }

    /// How far a scan is.
    ///
    /// - Throws: `StoreError`, also when there is no such scan.
    public func progress(_ scan: Int64) async throws -> ScanProgress {
        let rows = try await query("SELECT * FROM census.scan_progress($1)", [.scan(scan)])
        return try translate {
            var row = try rows.one()
            guard let domains = try row.nextOptional(Int64.self) else { throw Self.noScan(scan) }
            return ScanProgress(
                domains: domains, domainsResolved: try row.next(), hosts: try row.next(), targets: try row.next(),
                targetsDone: try row.next(), deadBatches: try row.next(), complete: try row.next())
        }
    }

    /// Rolls a running scan up and ends it, if nothing is left to do.
    ///
    /// - Returns: true when the scan has ended, now or before.
    /// - Throws: `StoreError`.
    public func finishIfComplete(_ scan: Int64) async throws -> Bool {
        let rows = try await query("SELECT census.finish_scan($1)", [.scan(scan)])
        return try translate {
            var row = try rows.one()
            return try row.next()
        }
    }

    /// Computes verdicts and summary from what the scan has found so far.
    ///
    /// - Throws: `StoreError`.
    public func rollUp(_ scan: Int64) async throws {
        guard try await findScan(id: scan) != nil else { throw Self.noScan(scan) }
        try await query("SELECT census.roll_up($1)", [.scan(scan)])
    }

    /// The batches of a scan that were given up.
    ///
    /// - Throws: `StoreError`.
    public func deadBatches(_ scan: Int64) async throws -> [DeadBatch] {
        let rows = try await query(EmbeddedSQL.deadBatches, [.scan(scan)])
        return try translate {
            try rows.map { row in
                var row = row
                return DeadBatch(
                    kind: try row.nextCode("kind of batch"), id: try row.next(),
                    attempts: Int(try row.next(Int32.self)),
                    lastError: try row.next(), contents: try row.next())
            }
        }
    }

    /// The only value of a statement.
    func number(_ sql: String, _ parameters: [Parameter] = []) async throws -> Int64 {
        let rows = try await query(sql, parameters)
        return try translate {
            var row = try rows.one()
            return try row.next()
        }
    }
}
