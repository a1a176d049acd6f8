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
    /// One transaction, which begins when all has been read: an import that fails or is cancelled leaves nothing behind.
    /// Memory does not grow with the list: it is sorted in temporary files.
    ///
    /// - Parameters:
    ///   - progress: is told how far it is, many times a second.
    ///   - next: gives the next piece, of any size; nil at the end.
    /// - Throws: `StoreError`; `CancellationError`; what `next` throws.
    public func importList(
        _ name: String, progress: (ImportProgress) -> Void = { _ in }, next: () async throws -> [ListedDomain]?
    ) async throws -> ImportedList {
        let domains = try await Self.inOrderOfWeight(next, progress)
        return try await translatingErrors {
            try await self.pool.transaction { connection in
                // Building the keys of millions of names within the default of 64 MB would go through disk.
                try await connection.query(
                    "SELECT set_config('work_mem', '256MB', true), set_config('maintenance_work_mem', '1GB', true)")
                var begun = try await connection.query(
                    "SELECT list_id, target FROM census.import_begin($1)", [Parameter(name)]
                ).one()
                let list: Int32 = try begun.next()
                try await Self.copy(domains, of: list, into: try begun.next(), connection, progress)
                progress(.indexing(domains.count))
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

    /// Each domain once, with the sum of its weights: the heaviest first, then by name.
    private static func inOrderOfWeight(
        _ next: () async throws -> [ListedDomain]?, _ progress: (ImportProgress) -> Void
    ) async throws -> DomainMerge {
        let byName = try DomainSort(.name)
        while let piece = try await next() {
            progress(.reading(byName.count))
            for domain in piece {
                if byName.isFull { try await byName.spill() }
                var text = domain.name.text
                text.withUTF8 { byName.add(UnsafeRawBufferPointer($0), domain.weight) }
            }
        }
        let names = try await byName.merged()
        let byWeight = try DomainSort(.weight)
        while let domain = try names.next() {
            if byWeight.addToLast(domain.name, domain.weight) { continue }
            if byWeight.isFull { try await byWeight.spill() }
            byWeight.add(domain.name, domain.weight)
        }
        return try await byWeight.merged()
    }

    /// Streams into the table `target`, an identifier, in COPY's binary format. Its rows are numbered from 1.
    private static func copy(
        _ domains: DomainMerge, of list: Int32, into target: String, _ connection: Connection,
        _ progress: (ImportProgress) -> Void
    ) async throws {
        var copy = CopyStream()
        var id: Int64 = 0
        // The table is new in this transaction: its rows need not be visited again to be marked as seen by all.
        let sql = "COPY \(target) (list_id, id, name, weight) FROM STDIN (FORMAT binary, FREEZE)"
        _ = try await connection.copyIn(sql) {
            if copy.isEnded { return nil }
            progress(.copying(id, of: domains.count))
            for _ in 0..<4096 {
                guard let domain = try domains.next() else { return copy.end() }
                id += 1
                copy.row(of: 4) { row in
                    row.appendField(list)
                    row.appendField(id)
                    row.appendField(String(decoding: domain.name, as: UTF8.self))
                    row.appendField(domain.weight)
                }
            }
            return copy.take()
        }
    }
}
