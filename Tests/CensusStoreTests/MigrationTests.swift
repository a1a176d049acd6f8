import CensusModel
import CensusSQL
import DatabaseTestSupport
import Foundation
import PostgresClient
import Testing

@testable import CensusStore

/// The folder `sql` of the sources.
let sqlFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("sql")

@Suite("Migrations")
struct MigrationTests {
    @Test("Every file of sql/migrations is embedded, in order and without gaps")
    func allEmbedded() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: sqlFolder.path + "/migrations").sorted()
        let embedded = EmbeddedSQL.migrations.map { migration in
            let digits = String(migration.version)
            return "V" + String(repeating: "0", count: 4 - digits.count) + digits + "__\(migration.name).sql"
        }
        #expect(embedded == files)
        #expect(EmbeddedSQL.migrations.map(\.version) == Array(1...Int32(files.count)))
        for (file, migration) in zip(files, EmbeddedSQL.migrations) {
            #expect(
                try String(contentsOfFile: sqlFolder.path + "/migrations/" + file, encoding: .utf8) == migration.script)
        }
    }

    @Test("Migrating twice changes nothing")
    func twice() async throws {
        try await withDatabase { settings in
            let store = try await Store.open(settings, migrating: true)
            let first = try await store.query(
                "SELECT version::int8, extract(epoch FROM applied_at)::float8 FROM census.migration")
            try await store.migrate()
            let second = try await store.query(
                "SELECT version::int8, extract(epoch FROM applied_at)::float8 FROM census.migration")
            #expect(first.count == EmbeddedSQL.migrations.count)
            #expect(try first.map(pair) == second.map(pair))
            let status = try await store.schemaStatus()
            #expect(status.applied == status.known)
            await store.close()
        }
    }

    private func pair(_ row: Row) throws -> [Double] {
        var row = row
        return [Double(try row.next(Int64.self)), try row.next()]
    }

    @Test("Many processes may migrate an empty database at the same time")
    func concurrently() async throws {
        try await withDatabase { settings in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        let store = try await Store.open(settings, connections: 1, migrating: true)
                        await store.close()
                    }
                }
                try await group.waitForAll()
            }
            let store = try await Store.open(settings)
            #expect(try await store.value("SELECT count(*) FROM census.migration") == EmbeddedSQL.migrations.count)
            await store.close()
        }
    }

    @Test("MX records that were rows of their own are where their domains are, in order")
    func movedRecords() async throws {
        try await withDatabase { settings in
            let older = try await Connection.connect(settings)
            try await older.migrate(through: 29)
            try await older.run(
                script: #"""
                    INSERT INTO census.list (name, domains) VALUES ('old', 3);
                    CREATE TABLE census.domain_1 PARTITION OF census.domain FOR VALUES IN (1);
                    INSERT INTO census.domain (list_id, id, name, weight) SELECT 1, n, format('d%s.example', n), n
                    FROM generate_series(1, 3) n;
                    SELECT census.create_scan('old', 'old', '{"resolveBatchSize": 10, "limits": {"rate": 1}}', '');
                    INSERT INTO census.domain_result (scan_id, domain_id, weight, status, failure, dnssec) VALUES
                      (1, 1, 1.5, 'mx', NULL, 'secure'), (1, 2, 2, 'dns_failure', 'timeout', 'insecure'),
                      (1, 3, 3, 'mx', NULL, 'insecure');
                    INSERT INTO census.domain_mx (scan_id, domain_id, ordinal, preference, host_id) VALUES
                      (1, 3, 1, 5, 70), (1, 1, 2, 20, 70), (1, 1, 3, 20, 90), (1, 1, 1, 0, 80);
                    """#)
            await older.close()
            let store = try await Store.open(settings, migrating: true)
            var records: [String] = []
            for var row in try await store.query(
                "SELECT concat_ws(' ', domain_id, ordinal, preference, host_id) FROM census.domain_mx WHERE scan_id = 1 ORDER BY domain_id, ordinal"
            ) { records.append(try row.next()) }
            #expect(records == ["1 1 0 80", "1 2 20 70", "1 3 20 90", "3 1 5 70"])
            var results: [String] = []
            for var row in try await store.query(
                "SELECT concat_ws(' ', domain_id, weight, status, failure, dnssec) FROM census.domain_result ORDER BY domain_id"
            ) { results.append(try row.next()) }
            #expect(results == ["1 1.5 mx secure", "2 2 dns_failure timeout insecure", "3 3 mx insecure"])
            #expect(try await store.value("SELECT count(*) FROM pg_class WHERE relname LIKE 'domain\\_mx\\_s%'") == 0)
            try await store.query("SELECT census.drop_scan(1)")
            await store.close()
        }
    }

    @Test("A database without schema is refused, with the command that helps")
    func unmigrated() async throws {
        try await withDatabase { settings in
            let error = await #expect(throws: StoreError.self) { _ = try await Store.open(settings) }
            #expect(error?.description.contains("mxcensus db migrate") == true)
            #expect(error?.isTransient == false)
        }
    }

    @Test("A schema newer than the program is refused, and not touched")
    func newer() async throws {
        try await withStore { store in
            try await store.query("INSERT INTO census.migration (version, name) VALUES (9999, 'future')")
            try await store.query("UPDATE census.outcome SET label = 'future' WHERE code = 'trusted'")
            for migrating in [false, true] {
                let error = await #expect(throws: StoreError.self) {
                    _ = try await Store.open(store.settings, migrating: migrating)
                }
                #expect(error?.description.contains("9999") == true)
                #expect(error?.description.contains("newer mxcensus") == true)
            }
            #expect(try await store.value("SELECT count(*) FROM census.outcome WHERE label = 'future'") == 1)
        }
    }

    @Test("Every table, view, column, function and type is explained by a comment")
    func comments() async throws {
        try await withStore { store in
            let missing = try await store.query(
                """
                SELECT format('%s %s', CASE c.relkind WHEN 'v' THEN 'view' ELSE 'table' END, c.relname)
                FROM pg_class c WHERE c.relnamespace = 'census'::regnamespace AND c.relkind IN ('r', 'p', 'v')
                  AND NOT c.relispartition AND obj_description(c.oid, 'pg_class') IS NULL
                UNION ALL
                SELECT format('column %s.%s', c.relname, a.attname)
                FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                WHERE c.relnamespace = 'census'::regnamespace AND c.relkind IN ('r', 'p', 'v')
                  AND NOT c.relispartition AND col_description(c.oid, a.attnum) IS NULL
                UNION ALL
                SELECT format('function %s', p.proname) FROM pg_proc p
                WHERE p.pronamespace = 'census'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL
                UNION ALL
                SELECT format('type %s', t.typname) FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
                WHERE t.typnamespace = 'census'::regnamespace AND (t.typtype = 'e' OR c.relkind = 'c')
                  AND obj_description(t.oid, 'pg_type') IS NULL
                """)
            for row in rows(missing) { Issue.record("no comment: \(row)") }
        }
    }

    private func rows(_ rows: Rows) -> [String] {
        rows.compactMap { row in
            var row = row
            return try? row.next(String.self)
        }
    }

    @Test("The schema equals its snapshot, sql/schema.sql (write it anew with sql/check-schema --update)")
    func snapshot() async throws {
        try await withStore { store in
            let program = try await TestServer.binDirectory() + "/pg_dump"
            let dump = try await run(
                program, ["--schema-only", "--no-owner", "--no-privileges", "--schema=census"], store.settings)
            let found = normalized(dump)
            let file = sqlFolder.path + "/schema.sql"
            if ProcessInfo.processInfo.environment["MXCENSUS_UPDATE_SCHEMA"] != nil {
                try found.write(toFile: file, atomically: true, encoding: .utf8)
            }
            let expected = try String(contentsOfFile: file, encoding: .utf8)
            // The snapshot is of PostgreSQL 15. Later ones leave out a table's alias where a view needs none.
            let version: Int64 = try await store.value("SELECT current_setting('server_version_num')::bigint")
            let comparable = version < 160_000 ? { $0 } : unqualified
            let known = Set(comparable(expected).split(separator: "\n"))
            let new = comparable(found).split(separator: "\n").filter { !known.contains($0) }
            let isEqual = comparable(found) == comparable(expected)
            #expect(isEqual, "the schema differs from sql/schema.sql, for example in: \(new.prefix(3))")
        }
    }

    private func unqualified(_ schema: String) -> String { schema.replacing(#/\b[a-z]\.(?=[a-z_])/#, with: "") }

    /// Without what changes from one pg_dump to the next: its comments, session settings and empty lines.
    private func normalized(_ dump: String) -> String {
        let lines = dump.split(separator: "\n").filter { line in
            !line.hasPrefix("--") && !line.hasPrefix("SET ") && !line.hasPrefix("SELECT pg_catalog.set_config")
                && !line.hasPrefix("\\")
        }
        return "-- The schema after all migrations, for people and for comparison. Made by pg_dump; never applied.\n"
            + lines.joined(separator: "\n") + "\n"
    }
}

/// Runs a PostgreSQL program against a database and returns its standard output.
func run(_ program: String, _ arguments: [String], _ settings: ConnectionSettings) async throws -> String {
    struct Failed: Error { let output: String }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C"].merging(settings.environment) { _, new in new }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed(output: output) }
    return output
}
