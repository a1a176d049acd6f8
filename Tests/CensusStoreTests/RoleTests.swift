import CensusModel
import CensusSQL
import DatabaseTestSupport
import PostgresClient
import Testing

@testable import CensusStore

/// What each role may do, on a real server with real logins.
@Suite("Roles", .serialized)
struct RoleTests {
    /// The whole interface of the worker's role.
    static let workerFunctions: Set<String> = [
        "schema_version", "scan_definition", "register_worker", "heartbeat", "lease_resolve", "complete_resolve",
        "fail_resolve", "lease_lanes", "continue_lane", "complete_lanes", "release_worker", "contact_rules",
        "stopped_scans", "shared_looks", "new_hosts",
    ]
    /// What a reader may call: none of these writes.
    static let readerFunctions: Set<String> = [
        "schema_version", "scan_definition", "scan_progress", "second_look_result", "politeness_network",
        "unfinished_scan_of",
    ]

    static let logins = """
        CREATE ROLE worker_login LOGIN IN ROLE mxcensus_worker;
        CREATE ROLE reader_login LOGIN IN ROLE mxcensus_reader;
        CREATE ROLE admin_login LOGIN IN ROLE mxcensus_owner;
        ALTER ROLE admin_login SET role = mxcensus_owner;
        """

    /// A server that its superuser has migrated, with a login for each role and a finished scan.
    static func withRoles(_ body: (PrivateServer, ScanInfo) async throws -> Void) async throws {
        try await withPrivateServer { server in
            try await (Store.open(server.settings, migrating: true)).close()
            try await server.asSuperuser(logins)
            let admin = try await Store.open(server.login("admin_login"))
            let worker = try await Store.open(server.login("worker_login"))
            let scan = try await SmallFleet.scan(20, admin: admin, workers: [worker])
            await admin.close()
            await worker.close()
            try await body(server, scan)
        }
    }

    /// Runs a statement as `login` and returns its SQLSTATE; nil when it is allowed. Nothing of it stays.
    static func refusal(_ connection: Connection, _ sql: String) async throws -> String? {
        try await connection.query("BEGIN")
        var state: String?
        do {
            try await connection.query(sql)
        } catch let error as PostgresError {
            state = error.sqlState
        }
        try await connection.query("ROLLBACK")
        return state
    }

    static func texts(_ connection: Connection, _ sql: String) async throws -> [String] {
        try await connection.query(sql).map { row in
            var row = row
            return try row.next()
        }
    }

    @Test("A worker's login serves a whole scan by functions alone")
    func workerWorks() async throws {
        try await Self.withRoles { server, scan in
            let reader = try await Store.open(server.login("reader_login"))
            #expect(try await reader.value("SELECT count(*) FROM census.domain_result") == 20)
            #expect(try await reader.value("SELECT count(*) FROM census.probe_result WHERE final") == 20)
            #expect(try await reader.findScan(id: scan.id)?.state == .finished)
            var exported = 0
            try await reader.forEachProbe(scan.id) { _ in exported += 1 }
            #expect(exported == 20)
            #expect(try await reader.summary(scan.id).outcomes.map(\.weights.hosts).reduce(0, +) == 20)
            #expect(try await reader.connectedRole().roles == ["mxcensus_reader"])
            await reader.close()
            let worker = try await Store.open(server.login("worker_login"))
            let role = try await worker.connectedRole()
            #expect(role.roles == ["mxcensus_worker"])
            #expect(try await worker.firstLooks(1, [Int32(scan.id): [1]]).isEmpty)
            #expect(!role.mayRead && !role.isSuperuser)
            #expect(role.description == "worker_login (mxcensus_worker)")
            await worker.close()
        }
    }

    @Test("Exactly the listed functions can be called by workers and readers, none by everybody")
    func executable() async throws {
        try await Self.withRoles { server, _ in
            let dba = try await Connection.connect(server.settings)
            for (login, expected) in [
                ("worker_login", Self.workerFunctions), ("reader_login", Self.readerFunctions),
            ] {
                let found = try await Self.texts(
                    dba,
                    """
                    SELECT proname::text FROM pg_proc
                    WHERE pronamespace = 'census'::regnamespace AND has_function_privilege('\(login)', oid, 'EXECUTE')
                    """)
                #expect(Set(found) == expected)
            }
            let loose = try await Self.texts(
                dba,
                """
                SELECT oid::regprocedure::text FROM pg_proc
                WHERE pronamespace = 'census'::regnamespace AND prosecdef
                  AND (NOT 'search_path=census, pg_temp' = ANY (proconfig) OR proowner <> 'mxcensus_owner'::regrole
                    OR NOT has_function_privilege('worker_login', oid, 'EXECUTE'))
                """)
            #expect(loose.isEmpty)
            let strangers = try await Self.texts(
                dba,
                """
                SELECT p.oid::regprocedure::text FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                WHERE p.pronamespace = 'census'::regnamespace AND a.grantee = 0
                """)
            #expect(strangers.isEmpty)
            await dba.close()
        }
    }

    @Test("Workers touch no table and nothing else of the server")
    func workerCannot() async throws {
        try await Self.withRoles { server, scan in
            let dba = try await Connection.connect(server.settings)
            let worker = try await Connection.connect(server.login("worker_login"))
            for statement in try await Self.statements(dba, writing: true) + Self.statements(dba, writing: false) {
                #expect(try await Self.refusal(worker, statement) == "42501", "\(statement)")
            }
            for statement in Self.forbidden(scan.id) + Self.takeovers {
                #expect(try await Self.refusal(worker, statement) == "42501", "\(statement)")
            }
            await worker.close()
            await dba.close()
        }
    }

    @Test("Readers read everything and write nothing")
    func readerReads() async throws {
        try await Self.withRoles { server, scan in
            let dba = try await Connection.connect(server.settings)
            let reader = try await Connection.connect(server.login("reader_login"))
            let readable = try await Self.statements(dba, writing: false)
            #expect(readable.contains("SELECT * FROM census.domain_status LIMIT 1"))
            #expect(readable.contains("SELECT * FROM census.probe_result_s1 LIMIT 1"))
            for statement in readable {
                #expect(try await Self.refusal(reader, statement) == nil, "\(statement)")
            }
            let others = ["SELECT census.register_worker('x', 1)", "SELECT census.heartbeat(1)"]
            for statement in try await Self.statements(dba, writing: true) + Self.forbidden(scan.id) + Self.takeovers
                + others
            {
                #expect(try await Self.refusal(reader, statement) == "42501", "\(statement)")
            }
            await reader.close()
            await dba.close()
        }
    }

    /// Reading, or each way of writing, every table, and reading every view.
    private static func statements(_ dba: Connection, writing: Bool) async throws -> [String] {
        let name = "format('census.%I', c.relname)"
        if !writing {
            return try await texts(
                dba,
                """
                SELECT 'SELECT * FROM ' || \(name) || ' LIMIT 1' FROM pg_class c
                WHERE c.relnamespace = 'census'::regnamespace AND c.relkind IN ('r', 'p', 'v')
                """)
        }
        return try await texts(
            dba,
            """
            SELECT format(s.form, \(name), a.attname)
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = 1, (VALUES
              ('INSERT INTO %1$s DEFAULT VALUES'), ('UPDATE %1$s SET %2$I = DEFAULT'), ('DELETE FROM %1$s'),
              ('TRUNCATE %1$s'), ('DROP TABLE %1$s'), ('ALTER TABLE %1$s ADD x int'), ('LOCK TABLE %1$s')) s (form)
            WHERE c.relnamespace = 'census'::regnamespace AND c.relkind IN ('r', 'p')
            """)
    }

    /// Functions that are the owner's.
    private static func forbidden(_ scan: Int64) -> [String] {
        [
            "SELECT census.create_scan('x', 'list', '{}', '')", "SELECT census.drop_scan(\(scan))",
            "SELECT census.finish_scan(\(scan))", "SELECT census.plan_probes(\(scan))", "SELECT census.reap_expired()",
            "SELECT census.import_begin('x')", "SELECT census.load_vocabulary('{}')", "SELECT census.roll_up(\(scan))",
            "SELECT census.take_lanes(\(scan), 1, 1, 1)", "SELECT census.lock_planning(\(scan))",
            "SELECT nextval('census.lane_id_seq')",
        ]
    }

    /// Ways out of the role.
    private static let takeovers = [
        "SELECT pg_read_file('/etc/passwd')", "COPY (SELECT 1) TO PROGRAM 'true'", "CREATE TABLE census.x (a int)",
        "CREATE TABLE public.x (a int)", "CREATE SCHEMA x", "SET ROLE mxcensus_owner", "SET ROLE dba",
        "ALTER ROLE mxcensus_worker LOGIN", "CREATE ROLE x", "GRANT mxcensus_owner TO worker_login",
        "DROP FUNCTION census.heartbeat(bigint)", "ALTER FUNCTION census.heartbeat(bigint) SECURITY INVOKER",
        "CREATE OR REPLACE FUNCTION census.max_attempts() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "DROP SCHEMA census CASCADE",
        "ALTER DEFAULT PRIVILEGES FOR ROLE mxcensus_owner GRANT SELECT ON TABLES TO PUBLIC",
    ]

    @Test("Functions are not fooled by temporary tables and functions of the same names")
    func searchPath() async throws {
        try await Self.withRoles { server, scan in
            let dba = try await Store.open(server.settings)
            let before = try await dba.value("SELECT count(*) FROM census.worker")
            let worker = try await Connection.connect(server.login("worker_login"))
            try await worker.run(
                script: """
                    CREATE TEMPORARY TABLE migration (version integer);
                    INSERT INTO migration VALUES (9999);
                    CREATE TEMPORARY TABLE worker (id bigint, name text, state text DEFAULT 'active', lease_length interval,
                      lease_until timestamptz);
                    CREATE TEMPORARY TABLE scan (id integer, list_id integer, state text, settings text, trust_store_id integer,
                      finished_at timestamptz);
                    INSERT INTO scan SELECT n, 1, 'running', 'fooled', 1, NULL FROM generate_series(1, 9) n;
                    CREATE FUNCTION pg_temp.require_active(bigint) RETURNS void LANGUAGE plpgsql AS
                      $$ BEGIN RAISE EXCEPTION 'fooled as %', current_user; END $$;
                    CREATE FUNCTION pg_temp.take_lanes(integer, bigint, integer, bigint) RETURNS bigint[] LANGUAGE plpgsql AS
                      $$ BEGIN RAISE EXCEPTION 'fooled as %', current_user; END $$;
                    SET search_path = pg_temp, census, public;
                    """)
            #expect(
                try await Self.texts(worker, "SELECT census.schema_version()::text") == [
                    "\(EmbeddedSQL.migrations.count)"
                ])
            let number = try await Self.texts(worker, "SELECT worker::text FROM census.register_worker('x', 60)")
            #expect(try await dba.value("SELECT count(*) FROM census.worker") == before + 1)
            for call in ["lease_resolve(\(number[0]), 1, 1)", "lease_lanes(\(number[0]), 1, 1, 2)"] {
                #expect(try await worker.query("SELECT * FROM census.\(call)").isEmpty)
            }
            let settings = try await Self.texts(worker, "SELECT settings FROM census.scan_definition(\(scan.id))")
            #expect(settings.first?.contains("resolveBatchSize") == true)
            await worker.close()
            await dba.close()
        }
    }
}
