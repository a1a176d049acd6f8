import Foundation
import PostgresClient

/// psql as a child that owns the terminal.
enum PsqlProcess {
    /// Runs psql to its end and returns its exit status. Connection parameters go through the environment, so that no
    /// secret stands on the command line.
    static func run(arguments: [String], settings: ConnectionSettings) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["psql"] + arguments
        var environment = ProcessInfo.processInfo.environment
        environment.merge(settings.environment) { _, ours in ours }
        environment["PGOPTIONS"] = "-c search_path=census,public"
        process.environment = environment
        signal(SIGINT, SIG_IGN)  // Ctrl-C belongs to psql, which cancels its statement.
        do {
            try process.run()
        } catch {
            throw UsageError(
                "Cannot start psql: \(error.localizedDescription). Install the Debian package postgresql-client.")
        }
        process.waitUntilExit()
        return process.terminationStatus
    }
}
