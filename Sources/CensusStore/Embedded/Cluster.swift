import Foundation
import PostgresClient

/// The cluster of an embedded server: made, configured, started, stopped. Whoever calls holds the locks.
struct Cluster: Sendable {
    /// Database and role.
    static let database = "mxcensus"
    private static let port = "5432"
    static let socketName = ".s.PGSQL." + port

    let layout: ClusterLayout
    let installation: PostgresInstallation
    let owner: ServerUser

    func settings(database: String) -> ConnectionSettings {
        ConnectionSettings(keywords: [
            "host": layout.socketDirectory, "port": Self.port, "user": Self.database, "dbname": database,
        ])
    }

    /// Makes the cluster unless it exists. An interrupted attempt leaves only `unfinishedData`, which is made anew.
    func prepare() async throws {
        guard try layout.clusterVersion() == nil else { return }
        try? FileManager.default.removeItem(atPath: layout.unfinishedData)
        guard mkdir(layout.unfinishedData, 0o700) == 0,
            owner.id == geteuid() || chown(layout.unfinishedData, owner.id, owner.group) == 0
        else {
            throw EmbeddedServerError("Cannot create \(layout.unfinishedData): \(String(cString: strerror(errno)))")
        }
        let answer = try await Command(
            installation.program("initdb"),
            [
                "--pgdata=\(layout.unfinishedData)", "--username=\(Self.database)", "--encoding=UTF8", "--locale=C",
                "--data-checksums", "--auth=peer", "--no-instructions",
            ]
        ).running(as: owner).run()
        guard answer.status == 0 else {
            throw EmbeddedServerError("initdb failed in \(layout.unfinishedData): \(answer.output)")
        }
        try append("\ninclude 'mxcensus.conf'\n", to: layout.unfinishedData + "/postgresql.conf")
        try FileManager.default.moveItem(atPath: layout.unfinishedData, toPath: layout.data)
    }

    /// Starts a detached process that stops the server when no user is left.
    func postGuard() async throws {
        let stop = stopCommand.running(as: owner)
        let answer = try await Command(
            "setsid",
            [
                // Let go of our pipe: it would be waited for.
                "--fork", "sh", "-c", "exec \"$@\" >/dev/null 2>&1", "sh", "flock", "--exclusive", layout.usersLock,
                stop.path,
            ] + stop.arguments
        ).run()
        guard answer.status == 0 else {
            throw EmbeddedServerError(
                "Cannot start the guard of the embedded PostgreSQL (setsid and flock of package util-linux): \(answer.output)"
            )
        }
    }

    /// Starts the server, unless it runs and answers.
    func ensureRunning() async throws {
        let patience = Deadline(seconds: 60)
        while true {
            guard let process = postmaster() else { return try await start() }
            if isPostmaster(process) {
                if await answers() { return }
            } else {
                // Its number belongs to another process now, or to none: left behind by a crash.
                try? FileManager.default.removeItem(atPath: layout.data + "/postmaster.pid")
            }
            if patience.isOver {
                throw EmbeddedServerError(
                    "The embedded PostgreSQL (process \(process)) does not answer. See \(layout.log).")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Makes the database unless it exists.
    func ensureDatabase() async throws {
        do {
            let connection = try await Connection.connect(settings(database: "postgres"))
            let found = try await connection.query(
                "SELECT FROM pg_database WHERE datname = $1", [Parameter(Self.database)])
            if found.isEmpty {
                try await connection.query("CREATE DATABASE \(Self.database)")
                // For people in psql.
                try await connection.query("ALTER DATABASE \(Self.database) SET search_path = census, public")
            }
            await connection.close()
        } catch let error as PostgresError {
            throw EmbeddedServerError("The embedded PostgreSQL in \(layout.root) cannot be used: \(error)")
        }
    }

    /// Stops the server and waits until it is down. Harmless when it is down.
    func stop() async throws {
        guard let process = postmaster(), isPostmaster(process) else { return }
        let answer = try await stopCommand.running(as: owner).run()
        // It may have stopped by itself between the two.
        guard answer.status == 0 || postmaster() == nil else {
            throw EmbeddedServerError("The embedded PostgreSQL in \(layout.root) does not stop: \(answer.output)")
        }
    }

    // MARK: - Starting

    private var stopCommand: Command {
        Command(
            installation.program("pg_ctl"),
            ["stop", "--pgdata=\(layout.data)", "--mode=fast", "--timeout=60", "--silent"])
    }

    private func start() async throws {
        try write(serverSettings, to: "mxcensus.conf")
        try write("local all all peer map=mxcensus\n", to: "pg_hba.conf")
        let users = Set([ServerUser.current.name, owner.name]).sorted()
        try write(users.map { "mxcensus \"\($0)\" \(Self.database)\n" }.joined(), to: "pg_ident.conf")
        rotateLog()
        var attempts = 1
        while true {
            let answer = try await Command(
                installation.program("pg_ctl"),
                ["start", "--pgdata=\(layout.data)", "--log=\(layout.log)", "--wait", "--timeout=120", "--silent"]
            ).running(as: owner).run()
            if answer.status == 0 { return }
            let end = logEnd()
            // Processes of a server that was killed may take a moment to notice.
            guard end.contains("pre-existing shared memory block"), attempts < 10 else {
                throw EmbeddedServerError(
                    "The embedded PostgreSQL in \(layout.root) does not start. \(layout.log) ends with:\n\(end)")
            }
            attempts += 1
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    /// A quiet server for one machine that also does other work. With wal_level = minimal an import into a new list is
    /// not written twice. synchronous_commit must stay on: see sql/migrations/V0004__batches.sql.
    private var serverSettings: String {
        let memory = ProcessInfo.processInfo.physicalMemory >> 20
        let buffers = min(512, max(64, memory / 16))
        return """
            # Written by mxcensus at each start.
            listen_addresses = ''
            unix_socket_directories = '\(layout.socketDirectory.replacing("'", with: "''"))'
            unix_socket_permissions = 0700
            port = \(Self.port)
            max_connections = 100
            shared_buffers = \(buffers)MB
            work_mem = 16MB
            maintenance_work_mem = 128MB
            synchronous_commit = on
            wal_level = minimal
            max_wal_senders = 0
            wal_compression = on
            max_wal_size = 4GB
            checkpoint_timeout = 15min
            jit = off
            log_min_messages = warning
            log_checkpoints = off
            """ + "\n"
    }

    private func write(_ text: String, to file: String) throws {
        let path = layout.data + "/" + file
        do {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            throw EmbeddedServerError("Cannot write \(path): \(error.localizedDescription)")
        }
        // The server's user must be able to read what root wrote.
        chmod(path, 0o644)
    }

    private func append(_ text: String, to path: String) throws {
        guard let file = FileHandle(forWritingAtPath: path) else {
            throw EmbeddedServerError("Cannot write \(path)")
        }
        try file.seekToEnd()
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }

    // MARK: - Looking at the server

    /// The process that the data folder belongs to, by `postmaster.pid`; nil when there is no such file.
    private func postmaster() -> pid_t? {
        guard let text = try? String(contentsOfFile: layout.data + "/postmaster.pid", encoding: .utf8) else {
            return nil
        }
        return text.split(separator: "\n").first.flatMap { pid_t($0) }
    }

    /// Whether that process lives and is a server of this data folder: it has it as its current folder.
    private func isPostmaster(_ process: pid_t) -> Bool {
        guard FileManager.default.fileExists(atPath: "/proc/self") else {
            return kill(process, 0) == 0 || errno == EPERM
        }
        let folder = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/cwd")
        return folder == URL(fileURLWithPath: layout.data).resolvingSymlinksInPath().path
    }

    private func answers() async -> Bool {
        guard let connection = try? await Connection.connect(settings(database: "postgres")) else { return false }
        await connection.close()
        return true
    }

    private func rotateLog() {
        let size = (try? FileManager.default.attributesOfItem(atPath: layout.log)[.size]) as? Int ?? 0
        guard size > 10 << 20 else { return }
        rename(layout.log, layout.log + ".1")
    }

    private func logEnd() -> String {
        let text = (try? String(contentsOfFile: layout.log, encoding: .utf8)) ?? "nothing"
        return text.split(separator: "\n").suffix(10).joined(separator: "\n")
    }
}
