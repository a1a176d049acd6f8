import ArgumentParser
import CensusModel
import CensusReport
import CensusStore
import CensusWorker
import CertificateChain
import Foundation

struct RejudgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rejudge",
        abstract: "Judge a scan's stored observations again, and show what changes. Nothing is contacted.",
        discussion: """
            By another trust store, at another time, or by the rules of a newer mxcensus. The scan itself stays as it is. \
            Without --trust-file and --at, a scan made by this version does not change.

            Text shows the summary and the first changes; json, csv and jsonl have every changed attempt.

            Examples:
              mxcensus rejudge latest --at 2027-01-15             what will have expired by then
              mxcensus rejudge 7 --trust-file roots.pem           whom these authorities vouch for
              mxcensus rejudge latest --trust-file roots.pem --at 2026-12-01T08:00:00Z --format csv > changes.csv
            """)

    @Argument(help: "Name or number of the scan, or latest.")
    var scan: String = "latest"

    @Option(help: ArgumentHelp("PEM file of trusted authorities. (default: those of the scan)", valueName: "file"))
    var trustFile: String?

    @Option(
        help: ArgumentHelp(
            "Time of the judgement: an ISO 8601 date or timestamp, in UTC. (default: each probe's own time)",
            valueName: "date"))
    var at: UTCDate?

    @Option(help: "text, json, csv or jsonl.")
    var format: RejudgeFormat = .text

    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        // A file that cannot be used is said before a database is started.
        let trustStore = try trustFile.map { try TrustStores.load($0) }
        do {
            try await database.withStore { store in try await write(from: store, trusting: trustStore) }
        } catch let closed as OutputClosed where closed.isBrokenPipe {
            // The reader has seen enough.
        }
    }

    private func write(from store: Store, trusting named: TrustStore?) async throws {
        let scan = try await store.find(scan)
        let trustStore: TrustStore
        if let named {
            trustStore = named
        } else {
            trustStore = try TrustStore(pem: try await store.scanDefinition(scan.id).trustStorePEM)
        }
        let authorities = "\(trustStore.count) \(trustStore.count == 1 ? "authority" : "authorities")"
        let head = RejudgeHead(
            scan: scan, trustStore: "\(trustFile ?? "the scan's own"), \(authorities)", time: at?.date)
        let output = OutputBuffer()
        var writer = RejudgeWriter(format, head: head, style: TextStyle(width: Console.width, colour: Console.colour))
        try output.append { writer.begin(&$0) }
        let summary = try await Rejudge(store: store, trustStore: trustStore, time: at?.date).run(scan.id) { row in
            try output.append { writer.append(row, &$0) }
        }
        try output.append { writer.end(summary, &$0) }
        try output.flush()
        if format != .text { Console.error(RejudgeWriter.sentence(summary)) }
    }
}

extension RejudgeFormat: ExpressibleByArgument {}
