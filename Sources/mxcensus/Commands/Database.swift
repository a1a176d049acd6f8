import ArgumentParser
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
            }
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show where the database is, its schema version, and its scans.",
            discussion: "Example:\n  mxcensus db status")

        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            try await database.withStore { store in
                let status = try await store.schemaStatus()
                print("database  \(database.place)")
                print("schema    version \(status.applied) of \(status.known)")
                for scan in try await store.scans() {
                    let started = scan.startedAt.formatted(.iso8601)
                    print("scan \(scan.id)  \(scan.name)  \(scan.state.rawValue)  started \(started)")
                }
            }
        }
    }
}
