import CensusModel
import Foundation
import PostgresClient
import Testing

@testable import CensusStore

/// A pooler in transaction mode between the program and the server: two transactions of one client may run on different
/// server connections, and clients outnumber these.
@Suite("PgBouncer", .serialized)
struct PgBouncerTests {
    private static let program = "/usr/sbin/pgbouncer"

    /// Gives `body` a server, and the way to its database through a pooler with two server connections for each login.
    private static func withPooler(
        _ body: (PrivateServer, _ pooled: ConnectionSettings) async throws -> Void
    ) async throws {
        try await withPrivateServer { server in
            let folder = server.folder
            let users = ["dba", "admin_login", "worker_login", "reader_login"]
            let userList = try server.write(users.map { "\"\($0)\" \"\"\n" }.joined(), to: "users.txt")
            let configuration = try server.write(
                """
                [databases]
                postgres = host=\(folder) port=\(server.port)
                [pgbouncer]
                listen_addr =
                listen_port = 6432
                unix_socket_dir = \(folder)
                auth_type = trust
                auth_file = \(userList)
                pool_mode = transaction
                default_pool_size = 2
                max_client_conn = 100
                logfile = \(folder)/pgbouncer.log
                pidfile = \(folder)/pgbouncer.pid

                """, to: "pgbouncer.ini")
            try await server.run(program, ["-d", configuration])
            let text = try await content(of: folder + "/pgbouncer.pid")
            let process = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
            defer { kill(process, SIGTERM) }
            let pooled = server.settings.setting("port", "6432")
            try await reachable(pooled)
            try await body(server, pooled)
        }
    }

    private static func content(of path: String) async throws -> String {
        let patience = Deadline(seconds: 30)
        while true {
            if let text = try? String(contentsOfFile: path, encoding: .utf8), text.contains("\n") || patience.isOver {
                return text
            }
            try #require(!patience.isOver)
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private static func reachable(_ settings: ConnectionSettings) async throws {
        let patience = Deadline(seconds: 30)
        while true {
            do {
                return await (try await Connection.connect(settings)).close()
            } catch let error as PostgresError where !patience.isOver && error.kind == .connect {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    @Test("Migration, import, a scan by several clients, reports and exports work in transaction mode")
    func wholeScan() async throws {
        try await Self.withPooler { server, pooled in
            try await Store.open(pooled, connections: 4, migrating: true).close()
            try await server.asSuperuser(RoleTests.logins)
            let admin = try await Store.open(pooled.setting("user", "admin_login"), connections: 6, migrating: true)
            #expect(try await admin.connectedRole().user == "mxcensus_owner")
            var workers: [Store] = []
            for _ in 0..<5 { workers.append(try await Store.open(pooled.setting("user", "worker_login"))) }
            let scan = try await SmallFleet.scan(90, admin: admin, workers: workers)
            for store in workers { await store.close() }
            // Twice, so that the second import reads the list of the first.
            let again = try await admin.importDomains(
                "list", [("d1.example", 5), ("new.example", 1), ("new.example", 1)])
            #expect(again == ImportedList(new: 1, known: 1, total: 91))

            let reader = try await Store.open(pooled.setting("user", "reader_login"))
            #expect(try await reader.value("SELECT count(*) FROM census.probe_result WHERE final") == 90)
            #expect(try await reader.value("SELECT count(*) FROM census.worker WHERE state = 'retired'") == 5)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        var rows = 0
                        try await reader.forEachProbe(scan.id) { _ in rows += 1 }
                        try await reader.forEachDomain(scan.id) { _ in rows += 1 }
                        return rows
                    }
                }
                for try await rows in group { #expect(rows == 180) }
            }
            #expect(try await reader.summary(scan.id).outcomes.map(\.weights.hosts).reduce(0, +) == 90)
            // What holds for one connection only would be found by the next client on it.
            let left = try await server.sessionState()
            #expect(left.isEmpty)
            await reader.close()
            await admin.close()
        }
    }

    @Test("A statement is cancelled through the pooler")
    func cancelling() async throws {
        try await Self.withPooler { _, pooled in
            let pool = ConnectionPool(pooled, limit: 1)
            let task = Task { try await pool.query("SELECT pg_sleep(600)") }
            let watching = try await Connection.connect(pooled)
            while try await watching.query(
                "SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"
            ).isEmpty {}
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await pool.query("SELECT 1").count == 1)
            await pool.close()
            await watching.close()
        }
    }
}

extension PrivateServer {
    /// Advisory locks that outlive their transaction: there are none to be.
    fileprivate func sessionState() async throws -> [String] {
        let connection = try await Connection.connect(settings)
        let found = try await RoleTests.texts(connection, "SELECT locktype FROM pg_locks WHERE locktype = 'advisory'")
        await connection.close()
        return found
    }
}
