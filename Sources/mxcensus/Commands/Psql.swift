import ArgumentParser
import CensusStore
import Foundation

struct Psql: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Open psql on the database.",
        discussion: """
            The schema `census` is on the search path. With SCAN, the psql variable :scan holds its number. What \
            follows -- goes to psql.

            Examples:
              mxcensus psql
              mxcensus psql customers-2026-11-24
              mxcensus psql -- -c 'select * from failure_breakdown'
            """)

    @Argument(help: "Name or number of the scan.")
    var scan: String?

    @Argument(parsing: .postTerminator, help: ArgumentHelp("Options for psql, after --.", valueName: "psql options"))
    var options: [String] = []

    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        let status = try await database.withStore { store in
            var arguments = options
            if let scan { arguments = ["-v", "scan=\(try await store.find(scan).id)"] + arguments }
            return try PsqlProcess.run(arguments: arguments, settings: store.settings)
        }
        if status != 0 { throw SilentFailure() }
    }
}
