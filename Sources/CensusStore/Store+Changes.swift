import CensusModel
import CensusSQL
import PostgresClient

import struct Foundation.Date

/// How an MX host or domain changed since the scan before (sql/migrations/V0018__changes.sql says what each means).
public enum Change: String, Sendable, CaseIterable, Codable {
    case appeared, gone, fixed, broke
    case stillBroken = "still_broken"
}

/// Of what a change is.
public enum ChangeKind: String, Sendable, CaseIterable, Codable { case host, domain }

/// One change.
public struct ScanChange: Sendable, Hashable, Encodable {
    /// Host or domain.
    public let kind: ChangeKind
    /// Its name.
    public let name: String
    /// How it changed.
    public let change: Change
    /// Begin of the first scan that found it so.
    public let since: Date
    /// Outcome of the host, or verdict of the domain, in this scan; nil when it is gone or was not seen.
    public let now: String?
    /// Of a host: registered domain; nil when there is none.
    public let provider: String?
}

/// How many hosts or domains changed in one way.
public struct ChangeCount: Sendable, Hashable, Encodable {
    /// Hosts or domains.
    public let kind: ChangeKind
    /// How they changed.
    public let change: Change
    /// How many.
    public let count: Int64
}

extension Store {
    /// What changed in a scan since the one before of the same list; empty when there was none.
    ///
    /// - Parameters:
    ///   - kind: nil for both.
    ///   - change: nil for all.
    /// - Throws: `StoreError`.
    public func changes(
        _ scan: Int64, kind: ChangeKind? = nil, change: Change? = nil, limit: Int
    ) async throws -> [ScanChange] {
        let rows = try await query(
            EmbeddedSQL.changes,
            [.scan(scan), Parameter(kind?.rawValue), Parameter(change?.rawValue), Parameter(Int64(limit))])
        return try translate {
            try rows.map { row in
                var row = row
                return ScanChange(
                    kind: try row.nextCode("kind of change"), name: try row.next(), change: try row.nextCode("change"),
                    since: try row.next(), now: try row.nextOptional(), provider: try row.nextOptional())
            }
        }
    }

    /// How many hosts and domains of a scan changed in which way.
    ///
    /// - Throws: `StoreError`.
    public func changeCounts(_ scan: Int64) async throws -> [ChangeCount] {
        let rows = try await query(EmbeddedSQL.changeCounts, [.scan(scan)])
        return try translate {
            try rows.map { row in
                var row = row
                return ChangeCount(
                    kind: try row.nextCode("kind of change"), change: try row.nextCode("change"),
                    count: try row.next())
            }
        }
    }
}
