import CensusSQL
import PostgresClient

/// Which migrations a database has, and which this program knows.
public struct SchemaStatus: Sendable, Hashable {
    /// Newest migration applied; 0 for a database without schema.
    public let applied: Int
    /// Newest migration that this program knows.
    public let known: Int
}

extension Store {
    /// The schema's version.
    ///
    /// - Throws: `StoreError`.
    public func schemaStatus() async throws -> SchemaStatus {
        do {
            return try await schemaStatus("SELECT census.schema_version()")
        } catch let error as PostgresError where ["42883", "3F000"].contains(error.sqlState) {
            // Undefined function or schema: from before there were roles, or an empty database.
        } catch let error as PostgresError {
            throw StoreError(error)
        }
        do {
            return try await schemaStatus(EmbeddedSQL.schemaVersion)
        } catch let error as PostgresError where ["42P01", "3F000"].contains(error.sqlState) {
            // Undefined table or schema: an empty database.
            return SchemaStatus(applied: 0, known: Self.knownVersion)
        } catch let error as PostgresError {
            throw StoreError(error)
        }
    }

    private func schemaStatus(_ sql: String) async throws -> SchemaStatus {
        var row = try await pool.query(sql).one()
        return SchemaStatus(applied: Int(try row.next(Int32.self)), known: Self.knownVersion)
    }

    /// Applies the migrations that are missing, each in a transaction of its own, and gives every role its rights. Safe to
    /// repeat, and to run from several processes at once.
    ///
    /// - Throws: `StoreError`; in particular when the schema is newer than this program.
    public func migrate() async throws {
        try await translatingErrors {
            try await self.pool.transaction { connection in
                try await Self.lockMigrations(connection)
                try await connection.run(script: EmbeddedSQL.migrationTable)
            }
            for migration in EmbeddedSQL.migrations {
                try await self.pool.transaction { try await Self.apply(migration, $0) }
            }
            _ = try await self.pool.query(
                "SELECT census.load_vocabulary($1::jsonb)",
                [Parameter(String(decoding: EmbeddedSQL.words, as: UTF8.self))])
            // No transaction around it: it commits by itself.
            try await self.pool.withConnection { try await $0.run(script: EmbeddedSQL.roles) }
        }
        try await requireCurrentSchema()
    }

    /// - Throws: `StoreError` when the schema is older or newer than this program.
    func requireCurrentSchema() async throws {
        let status = try await schemaStatus()
        if status.applied > status.known { throw Self.newerSchema(status.applied) }
        if status.applied < status.known {
            let state = status.applied == 0 ? "has no schema yet" : "has schema version \(status.applied)"
            throw StoreError(
                "The \(settings.place) \(state); this program needs version \(status.known). Run: mxcensus db migrate")
        }
    }

    private static var knownVersion: Int { EmbeddedSQL.migrations.map { Int($0.version) }.max() ?? 0 }

    private static func newerSchema(_ applied: Int) -> StoreError {
        StoreError(
            "The database has schema version \(applied), this program knows only \(knownVersion): use a newer mxcensus."
        )
    }

    /// Held until the transaction ends, so it works through a pooler, too.
    private static func lockMigrations(_ connection: Connection) async throws {
        try await connection.query("SELECT pg_advisory_xact_lock(hashtext('mxcensus migrations'))")
    }

    private static func apply(_ migration: Migration, _ connection: Connection) async throws {
        try await lockMigrations(connection)
        var row = try await connection.query(EmbeddedSQL.schemaVersion).one()
        let applied = try row.next(Int32.self)
        if applied > knownVersion { throw newerSchema(Int(applied)) }
        guard applied < migration.version else { return }
        // The row comes first: should the lock ever fail to keep two apart, its key does.
        try await connection.query(
            "INSERT INTO census.migration (version, name) VALUES ($1, $2)",
            [Parameter(migration.version), Parameter(migration.name)])
        try await connection.run(script: migration.script)
    }
}
