import Foundation
import Testing

/// A PostgreSQL of a test's own, which it may crash and start again.
actor FleetCluster {
    /// For `mxcensus`: which database to use.
    nonisolated let environment: [String: String]
    private let folder: TemporaryFolder
    private let binaries: String
    private let prefix: [String]
    private var server: RunningProgram?

    /// Makes and starts the server, with an empty database.
    ///
    /// - Parameters:
    ///   - prefix: a command that runs the server, such as one that enters a network namespace.
    ///   - address: where it listens, too: for clients in 10.0.0.0/8.
    init(prefix: [String] = [], address: String? = nil) async throws {
        self.prefix = prefix
        folder = try TemporaryFolder()
        environment = [
            "MXCENSUS_DATABASE_URL": "postgresql:///mxcensus?host=\(folder.path("run"))&user=mxcensus&connect_timeout=5"
        ]
        binaries = try await Self.findBinaries()
        let script = """
            cd /; mkdir --mode 700 "$1/pg" "$1/run"; [[ $(id -u) != 0 ]] || chown postgres "$1/pg" "$1/run"
            """
        try await Self.require(["bash", "-c", script, "bash", folder.url.path])
        try await Self.require(
            Self.serverUser + [
                binaries + "/initdb", "--pgdata=\(folder.path("pg"))", "--username=mxcensus", "--auth=trust",
                "--no-sync",
                "--encoding=UTF8", "--locale=C",
            ])
        // Processes are killed here, never the machine: what the kernel has is not lost.
        let settings = """
            listen_addresses = '\(address ?? "")'
            unix_socket_directories = '\(folder.path("run"))'
            fsync = off
            shared_buffers = 64MB
            max_connections = 200
            jit = off
            """
        try settings.write(toFile: folder.path("pg/postgresql.conf"), atomically: false, encoding: .utf8)
        let access = "local all all trust\nhost all all 10.0.0.0/8 trust\n"
        try access.write(toFile: folder.path("pg/pg_hba.conf"), atomically: false, encoding: .utf8)
        try await start()
        _ = try await sql("CREATE DATABASE mxcensus", database: "postgres")
    }

    deinit {
        // The folder goes next, into which it writes as long as it lives.
        server?.signal(SIGQUIT)
        server?.waitUntilEnd()
    }

    /// Brings the schema into the database.
    func migrate() async throws {
        let result = try await MXCensusProgram.run(["db", "migrate"], environment: environment)
        try #require(result.status == 0, "\(result.errors)")
    }

    /// Starts the server and waits until it answers.
    func start() async throws {
        while true {
            let process = try RunningProgram(
                prefix + Self.serverUser + [binaries + "/postgres", "-D", folder.path("pg")],
                environment: ["LC_ALL": "C"])
            server = process
            while process.isRunning {
                if try await run("SELECT 1", database: "postgres").status == 0 { return }
                try await Task.sleep(for: .milliseconds(50))
            }
            // Processes of the server before may take a moment to notice that it is gone.
            try #require(process.errors.contains("pre-existing shared memory block"), "\(process.errors)")
        }
    }

    /// Ends the server at once, without a checkpoint: it recovers at its next start.
    func crash() async {
        server?.signal(SIGQUIT)
        _ = await server?.result()
        server = nil
    }

    /// What a statement returns, one row a line, columns separated by `|`.
    func sql(_ text: String, database: String = "mxcensus") async throws -> String {
        let result = try await run(text, database: database)
        try #require(result.status == 0, "\(text): \(result.errors)")
        return result.output.trimmingCharacters(in: .newlines)
    }

    /// Waits until a statement returns something else than nothing or `f`. The database may be away meanwhile.
    func waitUntil(_ text: String) async throws {
        while true {
            let result = try await run(text, database: "mxcensus")
            if result.status == 0, !["", "f\n"].contains(result.output) { return }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func run(_ text: String, database: String) async throws -> ProgramResult {
        try await RunningProgram([
            binaries + "/psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1",
            "--host=\(folder.path("run"))", "--username=mxcensus", "--dbname=\(database)", "--command=\(text)",
        ]).result()
    }

    /// PostgreSQL does not run as root.
    private static var serverUser: [String] {
        geteuid() == 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] : []
    }

    private static func findBinaries() async throws -> String {
        let script = """
            for bin in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort --reverse --version-sort) "$(pg_config --bindir)"; do
                [[ -x $bin/initdb && -x $bin/postgres && -x $bin/psql ]] && printf %s "$bin" && exit
            done
            echo 'no PostgreSQL server is installed' >&2; exit 1
            """
        return try await require(["bash", "-c", script])
    }

    @discardableResult
    private static func require(_ command: [String]) async throws -> String {
        let result = try await RunningProgram(command).result()
        try #require(result.status == 0, "\(command): \(result.errors)")
        return result.output
    }
}
