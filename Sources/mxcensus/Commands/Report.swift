import ArgumentParser
import CensusReport
import CensusStore
import Foundation

struct Report: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the summary of a scan.",
        discussion: """
            Examples:
              mxcensus report                             the latest scan
              mxcensus report customers-2026-11-24 --format markdown
              mxcensus report --beside-study              with the numbers of the 2014 study
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, csv, markdown

        var summaryFormat: SummaryFormat {
            switch self {
            case .text: .text(TextStyle(width: Console.width, colour: Console.colour))
            case .json: .json
            case .csv: .csv
            case .markdown: .markdown
            }
        }
    }

    @Argument(help: "Name or number of the scan. (default: the latest)")
    var scan: String?

    @Option(help: "text, json, csv or markdown.")
    var format: Format = .text

    @Flag(help: "Set the summary beside the numbers of the 2014 study.")
    var besideStudy = false

    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        try await database.withStore { store in
            let scan = try await store.find(scan)
            let summary = try await store.currentSummary(scan)
            if besideStudy {
                let style = TextStyle(width: Console.width, colour: Console.colour)
                Console.output(StudyReport.render(summary, style: style, vocabulary: try Words.load().report))
            } else {
                Console.output(
                    SummaryReport.render(summary, as: format.summaryFormat, vocabulary: try Words.load().report))
            }
        }
    }
}
