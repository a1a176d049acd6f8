import CensusModel
import CensusSQL
import PostgresClient
import Testing

@testable import CensusStore

/// Who owns the schema, from the first migration to an upgrade.
@Suite("Owner", .serialized)
struct OwnerTests {
    /// Everything in the schema that belongs to somebody else than `owner`.
    private static func strays(_ store: Store, owner: String = "mxcensus_owner") async throws -> Int64 {
        try await store.value(
            """
            SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = n.oid AND relowner <> '\(owner)'::regrole)
              + (SELECT count(*) FROM pg_proc WHERE pronamespace = n.oid AND proowner <> '\(owner)'::regrole)
              + (SELECT count(*) FROM pg_type WHERE typnamespace = n.oid AND typowner <> '\(owner)'::regrole)
              + (n.nspowner <> '\(owner)'::regrole)::int
            FROM pg_namespace n WHERE n.nspname = 'census'
            """)
    }

    @Test("The owner has no rights beyond its schema, and owns whatever anybody makes")
    func ownsAll() async throws {
        try await RoleTests.withRoles { server, scan in
            let dba = try await Store.open(server.settings)
            #expect(
                try await dba.value(
                    """
                    SELECT count(*) FROM pg_roles WHERE rolname LIKE 'mxcensus\\_%'
                      AND NOT (rolsuper OR rolcreaterole OR rolcreatedb OR rolcanlogin OR rolreplication OR rolbypassrls)
                    """) == 3)
            #expect(try await Self.strays(dba) == 0)
            // A superuser's list and scan are the owner's, too, who can go on with them.
            try await dba.importDomains("other", [("a.example", 1)])
            let other = try await dba.createScan(
                name: "other", list: "other", settings: quickSettings, trustStorePEM: [])
            #expect(try await Self.strays(dba) == 0)
            let admin = try await Store.open(server.login("admin_login"), migrating: true)
            #expect(try await admin.connectedRole().description == "mxcensus_owner, logged in as admin_login")
            #expect(try await admin.importDomains("other", [("a.example", 2), ("b.example", 1)]).new == 1)
            #expect(try await admin.dropScan(other.id))
            #expect(try await admin.dropScan(scan.id))
            for statement in ["CREATE ROLE x", "SELECT pg_read_file('/etc/passwd')", "CREATE SCHEMA x"] {
                let error = await #expect(throws: StoreError.self) { try await admin.query(statement) }
                #expect(error?.sqlState == "42501", "\(statement)")
            }
            await admin.close()
            await dba.close()
        }
    }

    @Test("What later migrations add is nobody's until it is listed, and can be read")
    func laterObjects() async throws {
        try await RoleTests.withRoles { server, _ in
            try await server.asSuperuser(
                """
                CREATE FUNCTION census.later() RETURNS integer LANGUAGE sql AS 'SELECT 1';
                CREATE TABLE census.later_table (a integer);
                GRANT SELECT ON census.scan TO mxcensus_worker;
                GRANT INSERT ON census.scan TO mxcensus_reader, PUBLIC;
                GRANT EXECUTE ON FUNCTION census.drop_scan(integer) TO mxcensus_worker;
                CREATE OR REPLACE FUNCTION census.heartbeat(p_worker bigint) RETURNS double precision
                  LANGUAGE sql SET search_path = census, pg_temp AS 'SELECT 1.0::double precision FROM worker LIMIT 1';
                """)
            let dba = try await Store.open(server.settings, migrating: true)
            #expect(try await Self.strays(dba) == 0)
            #expect(
                try await dba.value(
                    """
                    SELECT (has_function_privilege('worker_login', 'census.later()', 'EXECUTE')
                      OR has_function_privilege('worker_login', 'census.drop_scan(integer)', 'EXECUTE')
                      OR has_table_privilege('worker_login', 'census.scan', 'SELECT')
                      OR has_table_privilege('reader_login', 'census.scan', 'INSERT')
                      OR NOT has_table_privilege('reader_login', 'census.later_table', 'SELECT')
                      OR NOT (SELECT prosecdef FROM pg_proc WHERE proname = 'heartbeat'))::int::bigint
                    """) == 0)
            await dba.close()
        }
    }

    @Test("A user who may not make roles has the schema alone, is told what to ask for, and hands over afterwards")
    func plainUser() async throws {
        try await withPrivateServer { server in
            try await server.asSuperuser(
                """
                CREATE ROLE "plain user" LOGIN;
                GRANT CREATE ON DATABASE postgres TO "plain user";
                """)
            let settings = server.login("plain user")
            let plain = try await Store.open(settings, migrating: true)
            let commands = try await plain.missingRoleCommands()
            #expect(
                commands == [
                    "CREATE ROLE mxcensus_owner NOLOGIN ROLE \"plain user\";", "CREATE ROLE mxcensus_worker NOLOGIN;",
                    "CREATE ROLE mxcensus_reader NOLOGIN;",
                ])
            _ = try await SmallFleet.scan(5, admin: plain, workers: [plain])
            #expect(try await plain.value("SELECT count(*) FROM pg_proc WHERE prosecdef AND proowner = 10") == 0)
            #expect(try await Self.strays(plain, owner: "\"plain user\"") == 0)
            try await server.asSuperuser(commands.joined(separator: "\n"))
            try await plain.migrate()
            #expect(try await Self.strays(plain) == 0)
            #expect(try await plain.missingRoleCommands().isEmpty)
            #expect(try await plain.value("SELECT count(*) FROM census.domain_result") == 5)
            await plain.close()
        }
    }

    @Test("A user who may make roles makes them, without being a superuser")
    func roleMaker() async throws {
        try await withPrivateServer { server in
            try await server.asSuperuser(
                "CREATE ROLE maker LOGIN CREATEROLE; GRANT CREATE ON DATABASE postgres TO maker;")
            let maker = try await Store.open(server.login("maker"), migrating: true)
            #expect(try await Self.strays(maker) == 0)
            #expect(try await maker.missingRoleCommands().isEmpty)
            _ = try await SmallFleet.scan(5, admin: maker, workers: [maker])
            #expect(try await Self.strays(maker) == 0)
            await maker.close()
        }
    }
}
