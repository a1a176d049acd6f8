import CensusModel
import CensusSQL
import PostgresClient

/// How many scans of a list are kept.
public struct RetentionRule: Sendable, Hashable, Codable {
    /// Nil: every list without a rule of its own.
    public let list: String?
    /// So many ended scans of the list; nil: no such limit.
    public let keepScans: Int?
    /// Scans that ended so many months ago are not kept; nil: no such limit.
    public let keepMonths: Int?
}

extension Store {
    /// The rules; empty: everything is kept.
    ///
    /// - Throws: `StoreError`.
    public func retentionRules() async throws -> [RetentionRule] {
        let rows = try await query(EmbeddedSQL.retention)
        return try translate {
            try rows.map { row in
                var row = row
                return RetentionRule(
                    list: try row.nextOptional(), keepScans: try row.nextOptional(Int32.self).map(Int.init),
                    keepMonths: try row.nextOptional(Int32.self).map(Int.init))
            }
        }
    }

    /// Sets what is kept of a list, or with nil of every list without a rule of its own. Without limits everything is.
    ///
    /// - Throws: `StoreError`: no such list.
    public func setRetention(list: String?, keepScans: Int?, keepMonths: Int?) async throws {
        try await query(
            "SELECT census.set_retention($1, $2, $3)",
            [
                Parameter(list), Parameter(keepScans.map { Int32(clamping: $0) }),
                Parameter(keepMonths.map { Int32(clamping: $0) }),
            ])
    }

    /// Drops the oldest scan that is to be kept no longer.
    ///
    /// - Returns: its number; nil when there is none.
    /// - Throws: `StoreError`; transient when something reads the scan for longer than ten seconds.
    public func applyRetention() async throws -> Int64? {
        let rows = try await query("SELECT census.apply_retention()")
        return try translate {
            var row = try rows.one()
            return try row.nextOptional(Int32.self).map(Int64.init)
        }
    }

    /// Removes certificates and chains that no result refers to, a few at a time, so that nobody waits for long.
    ///
    /// - Returns: how many certificates went.
    /// - Throws: `StoreError`.
    public func removeUnusedCertificates() async throws -> Int {
        guard try await number("SELECT census.find_unused_certificates()") > 0 else { return 0 }
        var removed: Int64 = 0
        while true {
            let rows = try await query("SELECT * FROM census.remove_unused_certificates()")
            let (examined, gone) = try translate {
                var row = try rows.one()
                return (try row.next(Int64.self), try row.next(Int64.self))
            }
            if examined == 0 { return Int(removed) }
            removed += gone
        }
    }
}
