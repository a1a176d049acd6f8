import ArgumentParser
import CensusReport
import CensusStore

struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write every probe or every domain of a scan to standard output.",
        discussion: """
            probes   one line per attempt at a host address
            domains  one line per domain, with its MX hosts and the verdict

            Examples:
              mxcensus export probes > probes.jsonl
              mxcensus export domains customers-2026-11-24 --format csv > domains.csv
            """)

    enum Subject: String, ExpressibleByArgument, CaseIterable { case probes, domains }

    @Argument(help: "probes or domains.")
    var subject: Subject

    @Argument(help: "Name or number of the scan. (default: the latest)")
    var scan: String?

    @Option(help: "jsonl or csv.")
    var format: ExportFormat = .jsonl

    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        do {
            try await database.withStore { store in try await write(from: store) }
        } catch let closed as OutputClosed where closed.isBrokenPipe {
            // The reader has seen enough.
        }
    }

    private func write(from store: Store) async throws {
        let scan = try await store.find(scan)
        let output = OutputBuffer()
        let encoder = RowEncoder(format)
        switch subject {
        case .probes:
            try output.append { encoder.appendProbeHeader(to: &$0) }
            try await store.forEachProbe(scan.id) { row in try output.append { encoder.append(row, to: &$0) } }
        case .domains:
            try output.append { encoder.appendDomainHeader(to: &$0) }
            try await store.forEachDomain(scan.id) { row in try output.append { encoder.append(row, to: &$0) } }
        }
        try output.flush()
    }
}

extension ExportFormat: ExpressibleByArgument {}
