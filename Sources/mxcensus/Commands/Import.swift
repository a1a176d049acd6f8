import ArgumentParser
import CensusStore
import Foundation
import ListImport

/// Which columns of a CSV list hold what.
struct ColumnOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Column with the domains, by its header. (default: found by looking)", valueName: "name"))
    var domainColumn: String?

    @Option(
        help: ArgumentHelp(
            "Column with the weights: your mail volume to each domain. (default: 'weight' if there is one, else 1 each)",
            valueName: "name"))
    var weightColumn: String?

    @Option(help: ArgumentHelp("Write every rejected line to this file.", valueName: "file"))
    var rejects: String?
}

struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Import a list of mail domains under a name.",
        discussion: """
            Reads plain lists (one domain a line), CSV with a header, and rank,domain. E-mail addresses count as their \
            domain; names are normalised (case, final dot, IDNA); doubles add their weights; a bad line is counted and \
            shown, and never stops the import. Importing into an existing list adds new names and sets the weights of \
            those in the file.

            Examples:
              mxcensus import customers customers.csv --domain-column domain --weight-column messages
              cut -f2 log | mxcensus import recipients -
            """)

    @Argument(help: "Name of the list.")
    var name: String

    @Argument(help: ArgumentHelp("Files; '-' is standard input.", valueName: "file"))
    var files: [String]

    @OptionGroup var columns: ColumnOptions
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        if files.isEmpty { throw ValidationError("Name the files to import; '-' is standard input.") }
    }

    func run() async throws {
        let reading = try ListReading(files: files, columns: columns)
        try await database.withStore { store in try await ListSource.importAll(reading, into: name, store: store) }
    }
}
