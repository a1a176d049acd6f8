import DatabaseTestSupport
import Foundation
import PostgresClient

@testable import CensusStore

/// A PostgreSQL of one test's own, for what concerns a whole server: logins, TLS, a pooler before it.
struct PrivateServer: Sendable {
    /// Everything of it; may be entered by everybody.
    let folder: String
    /// As the superuser `dba`, by the Unix socket, without a password.
    let settings: ConnectionSettings
    /// Of the server's TCP address, when it has one.
    let port: String
    let user: ServerUser
    let installation: PostgresInstallation

    /// The same database as another login.
    func login(_ name: String) -> ConnectionSettings { settings.setting("user", name) }

    /// Runs statements as the superuser.
    func asSuperuser(_ script: String) async throws {
        let connection = try await Connection.connect(settings)
        try await connection.run(script: script)
        await connection.close()
    }

    /// Runs a program as the server's user.
    func run(_ program: String, _ arguments: [String]) async throws {
        struct Failed: Error { let output: String }
        let answer = try await Command(program, arguments).running(as: user).run()
        guard answer.status == 0 else { throw Failed(output: "\(program): \(answer.output)") }
    }

    /// Writes a file that only the server's user may read.
    func write(_ text: String, to name: String) throws -> String {
        let path = "\(folder)/\(name)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        chmod(path, 0o600)
        chown(path, user.id, user.group)
        return path
    }
}

/// Gives `body` a server with an empty database.
///
/// - Parameters:
///   - tcp: it also listens on 127.0.0.1.
///   - configuration: further lines of postgresql.conf.
///   - access: lines of pg_hba.conf.
///   - prepare: is called before the server starts.
func withPrivateServer(
    tcp: Bool = false, configuration: String = "", access: String = "local all all trust",
    prepare: (PrivateServer) async throws -> Void = { _ in }, _ body: (PrivateServer) async throws -> Void
) async throws {
    let folder = try makeTemporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let user = try ServerUser.current.serverUser()
    chown(folder, user.id, user.group)
    let port = tcp ? try freePort() : "5432"
    let server = PrivateServer(
        folder: folder,
        settings: ConnectionSettings(keywords: ["host": folder, "port": port, "user": "dba", "dbname": "postgres"]),
        port: port, user: user, installation: try PostgresInstallation.find(clusterVersion: nil))
    let data = folder + "/data"
    try await server.run(
        server.installation.program("initdb"),
        ["--pgdata=\(data)", "--username=dba", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"])
    _ = try server.write(access + "\n", to: "data/pg_hba.conf")
    _ = try server.write(
        """
        listen_addresses = '\(tcp ? "127.0.0.1" : "")'
        port = \(port)
        unix_socket_directories = '\(folder)'
        fsync = off
        \(configuration)

        """, to: "data/postgresql.auto.conf")
    try await prepare(server)
    let control = server.installation.program("pg_ctl")
    try await server.run(control, ["start", "--pgdata=\(data)", "--log=\(folder)/log", "--wait", "--silent"])
    let result: Result<Void, any Error>
    do {
        result = .success(try await body(server))
    } catch {
        result = .failure(error)
    }
    try await server.run(control, ["stop", "--pgdata=\(data)", "--mode=immediate", "--wait", "--silent"])
    try result.get()
}

/// A TCP port of 127.0.0.1 that nobody uses.
private func freePort() throws -> String {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            bind(descriptor, generic, length) == 0 && getsockname(descriptor, generic, &length) == 0
        }
    }
    struct NoPort: Error {}
    guard status else { throw NoPort() }
    return String(UInt16(bigEndian: address.sin_port))
}
