import CensusModel
import CensusSQL
import Foundation
import PostgresClient

/// A domain as a list has it.
public struct ListedDomain: Sendable, Hashable {
    /// Its normalised name.
    public let name: DomainName
    /// Mail volume, or whatever the owner of the list counts: finite, not negative.
    public let weight: Double

    /// A domain with its weight.
    public init(name: DomainName, weight: Double) {
        self.name = name
        self.weight = weight
    }
}

/// What an import did.
public struct ImportedList: Sendable, Hashable {
    /// Domains that the list did not have.
    public let new: Int64
    /// Domains of this import that the list had already; they have its weight now.
    public let known: Int64
    /// Domains that the list has now.
    public let total: Int64
}

/// A list of domains.
public struct ListInfo: Sendable, Hashable {
    /// Chosen at its first import.
    public let name: String
    /// How many domains it has.
    public let domains: Int64
    /// Sum of the weights.
    public let volume: Double
    /// When it was imported last.
    public let importedAt: Date
}

extension Store {
    /// Imports domains into the list `name`, which is made if need be: new names are added, names that the list has get
    /// the weight of this import, nothing is removed. Doubles within the import add their weights.
    ///
    /// One transaction: an import that fails or is cancelled leaves nothing behind. Memory does not grow with the list.
    ///
    /// - Parameter next: gives the next piece, of any size; nil at the end.
    /// - Throws: `StoreError`; `CancellationError`; what `next` throws.
    public func importList(
        _ name: String, next: () async throws -> [ListedDomain]?
    ) async throws -> ImportedList {
        try await translatingErrors {
            try await self.pool.transaction { connection in
                // Sorting millions of names within the default of 4 MB would go through disk many times.
                try await connection.query(
                    "SELECT set_config('work_mem', '256MB', true), set_config('maintenance_work_mem', '512MB', true)")
                var row = try await connection.query("SELECT census.import_begin($1)", [Parameter(name)]).one()
                let list: Int32 = try row.next()
                try await Self.stage(connection, next)
                var counts = try await connection.query(
                    "SELECT * FROM census.import_merge($1)", [Parameter(list)]
                ).one()
                return ImportedList(new: try counts.next(), known: try counts.next(), total: try counts.next())
            }
        }
    }

    /// All lists, by name.
    ///
    /// - Throws: `StoreError`.
    public func lists() async throws -> [ListInfo] {
        try await lists(named: nil)
    }

    /// The list of that name; nil when there is none.
    ///
    /// - Throws: `StoreError`.
    public func list(named name: String) async throws -> ListInfo? {
        try await lists(named: name).first
    }

    private func lists(named name: String?) async throws -> [ListInfo] {
        let rows = try await query(EmbeddedSQL.lists, [Parameter(name)])
        return try translate {
            try rows.map { row in
                var row = row
                return ListInfo(
                    name: try row.next(), domains: try row.next(), volume: try row.next(), importedAt: try row.next())
            }
        }
    }

    /// Streams into the staging table in COPY's binary format.
    private static func stage(_ connection: Connection, _ next: () async throws -> [ListedDomain]?) async throws {
        var copy = CopyStream()
        _ = try await connection.copyIn("COPY pg_temp.import_stage (name, weight) FROM STDIN (FORMAT binary)") {
            if copy.isEnded { return nil }
            guard let piece = try await next() else { return copy.end() }
            for domain in piece { copy.row(domain.name.text, domain.weight) }
            return copy.take()
        }
    }
}
