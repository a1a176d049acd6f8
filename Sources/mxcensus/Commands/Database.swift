import ArgumentParser
import CensusModel
import CensusStore
import Foundation

struct Database: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db", abstract: "Look after the database.",
        discussion: """
            Examples:
              mxcensus db status
              MXCENSUS_DATABASE_URL=postgresql://census@db.example.org/census mxcensus db migrate
            """,
        subcommands: [Migrate.self, Status.self])

    struct Migrate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring the schema up to date. Safe to repeat.",
            discussion: "Example:\n  mxcensus db migrate")

        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            try await database.withStore(migrating: true) { store in
                let status = try await store.schemaStatus()
                print("Schema is at version \(status.applied), the newest this program knows.")
                let commands = try await store.missingRoleCommands()
                if !commands.isEmpty {
                    print("Only this user can use it: the roles of mxcensus are missing, and it may not make them.")
                    print("To share it, a superuser of the server has to run the following, then migrate again:")
                    for command in commands { print("    \(EscapedText.escape(command.utf8))") }
                }
            }
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show where the database is, as which role, its schema version, and its scans.",
            discussion: "Example:\n  mxcensus db status")

        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            try await database.withStore { store in
                let status = try await store.schemaStatus()
                print("database  \(database.place)")
                let role = try await store.connectedRole()
                print("role      \(EscapedText.escape(role.description.utf8))")
                print("schema    version \(status.applied) of \(status.known)")
                guard role.mayRead else { return print("scans     this role may not see them") }
                for scan in try await store.scans() {
                    let started = scan.startedAt.formatted(.iso8601)
                    print("scan \(scan.id)  \(scan.name)  \(scan.state.rawValue)  started \(started)")
                }
            }
        }
    }
}
