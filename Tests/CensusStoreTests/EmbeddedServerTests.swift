import DatabaseTestSupport
import Foundation
import PostgresClient
import Testing

@testable import CensusStore

@Suite("Embedded server", .serialized)
struct EmbeddedServerTests {
    private struct NeverHappened: Error {}

    /// Looks again and again until `condition` holds: what happens in another process cannot be awaited.
    private func eventually(_ condition: () async throws -> Bool) async throws {
        let patience = Deadline(seconds: 60)
        while try await !condition() {
            if patience.isOver { throw NeverHappened() }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func isRunning(_ folder: String) -> Bool {
        FileManager.default.fileExists(atPath: folder + "/postgres/postmaster.pid")
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = try makeTemporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    private func answers(_ server: EmbeddedServer.Handle) async throws -> Bool {
        let connection = try await Connection.connect(server.settings)
        defer { Task { await connection.close() } }
        return try await connection.query("SELECT 1").count == 1
    }

    @Test("The first user starts the server, the second joins it, and it stops with the last")
    func sharing() async throws {
        try await withFolder { folder in
            async let one = EmbeddedServer.start(dataDirectory: folder)
            async let two = EmbeddedServer.start(dataDirectory: folder)
            let (first, second) = try await (one, two)
            #expect(try await answers(first))
            try await first.stop()
            #expect(isRunning(folder))
            #expect(try await answers(second))
            try await second.stop()
            #expect(!isRunning(folder))
            // Once more: the cluster is used again, with what was in it.
            let third = try await EmbeddedServer.start(dataDirectory: folder)
            #expect(try await answers(third))
            try await third.stop()
            #expect(!isRunning(folder))
        }
    }

    @Test("The server stops when its last user is killed with -9")
    func killedUser() async throws {
        try await withFolder { folder in
            let server = try await EmbeddedServer.start(dataDirectory: folder)
            // A user is whoever holds the shared lock.
            let user = Process()
            user.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
            user.arguments = ["--shared", "--no-fork", folder + "/users.lock", "sleep", "1000"]
            try user.run()
            try await eventually { try await lockIsHeld(by: user.processIdentifier) }
            try await server.stop()
            #expect(isRunning(folder))
            kill(user.processIdentifier, SIGKILL)
            try await eventually { !isRunning(folder) }
            let again = try await EmbeddedServer.start(dataDirectory: folder)
            #expect(try await answers(again))
            try await again.stop()
        }
    }

    /// flock(1) has its lock when it has become `sleep`.
    private func lockIsHeld(by process: Int32) async throws -> Bool {
        let name = try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8)
        return name == "sleep\n"
    }

    @Test("A server that was killed, and one whose process number somebody else has now, are started again")
    func crashed() async throws {
        try await withFolder { folder in
            let first = try await EmbeddedServer.start(dataDirectory: folder)
            let file = folder + "/postgres/postmaster.pid"
            let content = try String(contentsOfFile: file, encoding: .utf8)
            let process = try #require(content.split(separator: "\n").first.flatMap { pid_t($0) })
            kill(process, SIGKILL)
            try await eventually { kill(process, 0) != 0 }
            let second = try await EmbeddedServer.start(dataDirectory: folder)
            #expect(try await answers(second))
            try await second.stop()
            try await first.stop()
            #expect(!isRunning(folder))
            // Ours lives, and is no PostgreSQL.
            let lines = content.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
            try (["\(getpid())"] + lines.map(String.init)).joined(separator: "\n")
                .write(toFile: file, atomically: false, encoding: .utf8)
            let third = try await EmbeddedServer.start(dataDirectory: folder)
            #expect(try await answers(third))
            try await third.stop()
        }
    }

    @Test("What an interrupted initdb left behind is made anew")
    func interrupted() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(
                atPath: folder + "/postgres.new/base", withIntermediateDirectories: true)
            let server = try await EmbeddedServer.start(dataDirectory: folder)
            #expect(try await answers(server))
            try await server.stop()
        }
    }

    @Test("Only a Unix socket, only by peer authentication, durable and with checksums")
    func settings() async throws {
        try await withFolder { folder in
            let server = try await EmbeddedServer.start(dataDirectory: folder)
            let connection = try await Connection.connect(server.settings)
            var expected = [
                "listen_addresses": "", "synchronous_commit": "on", "fsync": "on", "full_page_writes": "on",
                "data_checksums": "on", "server_encoding": "UTF8",
            ]
            for row in try await connection.query("SELECT name, setting FROM pg_settings") {
                var row = row
                let name: String = try row.next()
                if let value = expected.removeValue(forKey: name) {
                    #expect(try row.next(String.self) == value, "\(name)")
                }
            }
            #expect(expected.isEmpty)
            // PostgreSQL 16 and later have no setting of that name.
            let collations = try await connection.query("SELECT DISTINCT datcollate FROM pg_database").map { row in
                var row = row
                return try row.next(String.self)
            }
            #expect(collations == ["C"])
            let methods = try await connection.query("SELECT DISTINCT auth_method FROM pg_hba_file_rules").map { row in
                var row = row
                return try row.next(String.self)
            }
            #expect(methods == ["peer"])
            // The same user under another name is refused: no trust.
            let stranger = server.settings.setting("user", "postgres")
            await #expect(throws: PostgresError.self) { _ = try await Connection.connect(stranger) }
            await connection.close()
            try await server.stop()
        }
    }

    @Test("A folder whose socket path would be too long for the kernel gets its socket in /tmp")
    func longPath() async throws {
        try await withFolder { folder in
            let deep = folder + "/" + String(repeating: "x", count: 60) + "/" + String(repeating: "y", count: 60)
            let server = try await EmbeddedServer.start(dataDirectory: deep)
            let socket = try #require(server.settings.keywords["host"])
            #expect(socket.hasPrefix("/tmp/mxcensus-"))
            #expect(try await answers(server))
            try await server.stop()
            try FileManager.default.removeItem(atPath: socket)
        }
    }

    @Test("A socket folder in /tmp that others may enter is refused")
    func strangersFolder() throws {
        let user = try ServerUser.current.serverUser()
        let deep = "/tmp/" + String(repeating: "z", count: 100)
        let layout = try ClusterLayout(root: deep, owner: user)
        try layout.makeFolders()
        chmod(layout.socketDirectory, 0o777)
        #expect(throws: EmbeddedServerError.self) { try layout.makeFolders() }
        try FileManager.default.removeItem(atPath: layout.socketDirectory)
        try FileManager.default.removeItem(atPath: deep)
    }

    @Test("A cluster of another PostgreSQL is refused with the package to install")
    func otherVersion() async throws {
        let error = #expect(throws: EmbeddedServerError.self) { try PostgresInstallation.find(clusterVersion: "9") }
        #expect(error?.description.contains("made by PostgreSQL 9") == true)
        #expect(error?.description.contains("postgresql-9") == true)
    }

    @Test("The data folder follows the XDG specification; relative and missing folders are no folders")
    func dataFolder() {
        let me = ServerUser(id: 1000, group: 1000, name: "me")
        func path(_ environment: [String: String]) -> String {
            DataDirectory.standard(environment: environment, user: me).path
        }
        #expect(path(["HOME": "/users/me"]) == "/users/me/.local/share/mxcensus")
        #expect(path(["HOME": "/users/me", "XDG_DATA_HOME": "/data"]) == "/data/mxcensus")
        #expect(path(["HOME": "/users/me", "XDG_DATA_HOME": "data"]) == "/users/me/.local/share/mxcensus")
        #expect(path([:]) == "/var/lib/mxcensus")
    }

    @Test("As root, a home that PostgreSQL's user may not enter is left for /var/lib, and the reason is told")
    func rootsFolder() async throws {
        let root = ServerUser(id: 0, group: 0, name: "root")
        let folder = try makeTemporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let open = DataDirectory.standard(environment: ["HOME": folder], user: root)
        #expect(open == DataDirectory(path: folder + "/.local/share/mxcensus", note: nil))
        chmod(folder, 0o700)
        let closed = DataDirectory.standard(environment: ["HOME": folder], user: root)
        #expect(closed.path == "/var/lib/mxcensus")
        #expect(closed.note?.contains("'postgres' may not enter \(folder)") == true)
    }
}
