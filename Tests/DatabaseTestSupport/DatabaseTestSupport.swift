// DatabaseTestSupport: databases for tests.
//
// Owns: one private PostgreSQL for the test process, in a folder of its own that is removed afterwards; a fresh database
// for each test.
// Must not know: what is tested.
// Concurrency: may be used from any number of tests at once.
// Entry types: `TestServer`, `withStore`, `withDatabase`.

import CensusStore
import Foundation
import PostgresClient

/// The server of this test process. Missing PostgreSQL makes tests fail, never be skipped.
public enum TestServer {
    private static let databases = DatabaseMaker()

    /// A new database, empty or with the schema.
    static func create(migrated: Bool) async throws -> ConnectionSettings {
        try await databases.create(migrated: migrated)
    }

    static func drop(_ settings: ConnectionSettings) async throws {
        try await databases.drop(settings)
    }

    /// Where PostgreSQL's programs are.
    public static func binDirectory() async throws -> String {
        try await databases.server().binDirectory
    }
}

/// Gives `body` an empty database.
public func withDatabase<Value>(_ body: (ConnectionSettings) async throws -> Value) async throws -> Value {
    try await withSettings(migrated: false, body)
}

/// Gives `body` a store on a database with the schema and nothing else.
public func withStore<Value>(_ body: (Store) async throws -> Value) async throws -> Value {
    try await withSettings(migrated: true) { settings in
        let store = try await Store.open(settings, connections: 6)
        do {
            let value = try await body(store)
            await store.close()
            return value
        } catch {
            await store.close()
            throw error
        }
    }
}

private func withSettings<Value>(
    migrated: Bool, _ body: (ConnectionSettings) async throws -> Value
) async throws -> Value {
    let settings = try await TestServer.create(migrated: migrated)
    do {
        let value = try await body(settings)
        try await TestServer.drop(settings)
        return value
    } catch {
        // The folder is removed as a whole; the first error matters.
        throw error
    }
}

/// Makes a folder that everybody may pass through, as the server's own user must.
public func makeTemporaryFolder() throws -> String {
    let path = "/tmp/mxc-test-\(UUID().uuidString.prefix(13).lowercased())"
    try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
    return path
}

private actor DatabaseMaker {
    private static let template = "census_template"
    private var starting: Task<EmbeddedServer.Handle, any Error>?
    private var last = 0

    func server() async throws -> EmbeddedServer.Handle {
        if let starting { return try await starting.value }
        let task = Task {
            let folder = try makeTemporaryFolder()
            let server = try await EmbeddedServer.start(dataDirectory: folder)
            try removeAfterwards(folder)
            let template = server.settings.setting("dbname", Self.template)
            try await Self.run("CREATE DATABASE \(Self.template)", on: server)
            let store = try await Store.open(template, migrating: true)
            await store.close()
            return server
        }
        starting = task
        return try await task.value
    }

    func create(migrated: Bool) async throws -> ConnectionSettings {
        let server = try await server()
        last += 1
        let name = "test_\(last)"
        // A database that is being copied may have no connection: the template has none.
        try await Self.run("CREATE DATABASE \(name) TEMPLATE \(migrated ? Self.template : "template0")", on: server)
        return server.settings.setting("dbname", name)
    }

    func drop(_ settings: ConnectionSettings) async throws {
        guard let name = settings.keywords["dbname"] else { return }
        try await Self.run("DROP DATABASE \(name) WITH (FORCE)", on: server())
    }

    private static func run(_ sql: String, on server: EmbeddedServer.Handle) async throws {
        let connection = try await Connection.connect(server.settings)
        try await connection.query(sql)
        await connection.close()
    }
}

/// Leaves a detached process that removes the folder when this process has gone and the server is down.
private func removeAfterwards(_ folder: String) throws {
    // Foundation notices the end of a child by a descriptor that the child inherits: this one must not keep it.
    let script = """
        for fd in /proc/$BASHPID/fd/*; do n=${fd##*/}; ((n > 2)) && eval "exec $n>&-"; done
        exec >/dev/null 2>&1
        flock --exclusive "$1/users.lock" true
        while [ -e "$1/postgres/postmaster.pid" ]; do sleep 0.2; done
        rm -rf "$1"
        """
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/setsid")
    process.arguments = ["--fork", "bash", "-c", script, "bash", folder]
    process.currentDirectoryURL = URL(fileURLWithPath: "/")
    try process.run()
    process.waitUntilExit()
}
