import CensusModel
import CensusSQL
import Foundation
import PostgresClient

/// What a worker needs to serve a scan.
public struct ScanDefinition: Sendable {
    /// Everything that decides what the scan finds.
    public let settings: ScanSettings
    /// The authorities that the scan trusts, PEM.
    public let trustStorePEM: [UInt8]
}

extension Store {
    /// Begins a scan of the list as it is now.
    ///
    /// - Parameters:
    ///   - name: of the scan; no two scans have the same.
    ///   - limit: only so many domains, the first of the list; nil for all. Within one import the first are those with
    ///     the largest weight.
    /// - Throws: `StoreError`: no such list, or the name is taken.
    public func createScan(
        name: String, list: String, settings: ScanSettings, trustStorePEM: [UInt8], limit: Int? = nil
    ) async throws -> ScanInfo {
        let json = String(decoding: try JSONEncoder().encode(settings), as: UTF8.self)
        let rows = try await query(
            "SELECT census.create_scan($1, $2, $3::jsonb, $4, $5)",
            [
                Parameter(name), Parameter(list), Parameter(json), Parameter(trustStorePEM),
                Parameter(limit.map { Int64($0) }),
            ])
        let id = try translate {
            var row = try rows.one()
            return Int64(try row.next(Int32.self))
        }
        guard let scan = try await findScan(id: id) else {
            throw StoreError("Scan '\(name)' was dropped while it was being created.")
        }
        return scan
    }

    /// The scan of that name; nil when there is none.
    ///
    /// - Throws: `StoreError`.
    public func findScan(named name: String) async throws -> ScanInfo? {
        try await scans(name: name, limit: 1).first
    }

    /// The scan of that number; nil when there is none.
    ///
    /// - Throws: `StoreError`.
    public func findScan(id: Int64) async throws -> ScanInfo? {
        guard let number = Int32(exactly: id) else { return nil }
        return try await scans(id: number, limit: 1).first
    }

    /// The scan that began last; nil when there is none.
    ///
    /// - Throws: `StoreError`.
    public func latestScan() async throws -> ScanInfo? {
        try await scans(limit: 1).first
    }

    /// The latest scan that is neither finished nor cancelled, of this list or, with nil, of any; nil when there is none.
    ///
    /// - Throws: `StoreError`.
    public func unfinishedScan(ofList list: String?) async throws -> ScanInfo? {
        try await scans(unfinished: true, list: list, limit: 1).first
    }

    /// All scans, newest first.
    ///
    /// - Throws: `StoreError`.
    public func scans() async throws -> [ScanInfo] {
        try await scans(limit: .max)
    }

    /// Settings and trust store of a scan.
    ///
    /// - Throws: `StoreError`: no such scan, or settings that this program cannot read.
    public func scanDefinition(_ scan: Int64) async throws -> ScanDefinition {
        let rows = try await query("SELECT * FROM census.scan_definition($1)", [.scan(scan)])
        guard let first = rows.first else { throw Self.noScan(scan) }
        let (json, pem) = try translate {
            var row = first
            return (try row.next(String.self), try row.next([UInt8].self))
        }
        do {
            let settings = try JSONDecoder().decode(ScanSettings.self, from: Data(json.utf8))
            return ScanDefinition(settings: settings, trustStorePEM: pem)
        } catch let error as DecodingError {
            throw StoreError("The settings of scan \(scan) cannot be read by this version of mxcensus: \(error)")
        }
    }

    /// Removes a scan and all it found. False when there is no such scan.
    ///
    /// - Throws: `StoreError`; transient when something reads the scan for longer than ten seconds.
    @discardableResult
    public func dropScan(_ scan: Int64) async throws -> Bool {
        let rows = try await query("SELECT census.drop_scan($1)", [.scan(scan)])
        return try translate {
            var row = try rows.one()
            return try row.next()
        }
    }

    static func noScan(_ scan: Int64) -> StoreError {
        StoreError("There is no scan number \(scan).")
    }

    func scans(
        name: String? = nil, id: Int32? = nil, unfinished: Bool = false, list: String? = nil, limit: Int64
    ) async throws -> [ScanInfo] {
        let rows = try await query(
            EmbeddedSQL.scans,
            [Parameter(name), Parameter(id), Parameter(unfinished), Parameter(list), Parameter(limit)])
        return try translate { try rows.map(Self.scanInfo) }
    }

    static func scanInfo(_ row: Row) throws -> ScanInfo {
        var row = row
        return ScanInfo(
            id: try row.next(), name: try row.next(), list: try row.next(), state: try row.nextCode("scan state"),
            startedAt: try row.next(), finishedAt: try row.nextOptional())
    }
}

extension Parameter {
    /// A scan's number. One that is too large for the database is the number of no scan.
    static func scan(_ id: Int64) -> Parameter {
        Parameter(Int32(exactly: id) ?? -1)
    }
}

extension Row {
    /// The next column, a code of one of the vocabularies.
    ///
    /// - Throws: `StoreError` when this program does not know the code.
    mutating func nextCode<Code: RawRepresentable<String>>(_ place: String) throws -> Code {
        let text: String = try next()
        guard let code = Code(rawValue: text) else { throw StoreError.unknownCode(text, in: place) }
        return code
    }

    mutating func nextOptionalCode<Code: RawRepresentable<String>>(_ place: String) throws -> Code? {
        guard let text = try nextOptional(String.self) else { return nil }
        guard let code = Code(rawValue: text) else { throw StoreError.unknownCode(text, in: place) }
        return code
    }

    mutating func nextAddress() throws -> IPAddress {
        let inet: Inet = try next()
        guard let address = IPAddress(bytes: inet.bytes) else { throw StoreError.unknownCode("\(inet)", in: "address") }
        return address
    }
}
