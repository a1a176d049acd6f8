import ArgumentParser
import CensusLab
import CensusModel
import CensusReport
import CensusStore
import Foundation

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure whole runs on this machine.", subcommands: [Weekend.self])
}

extension BenchCommand {
    struct Weekend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Repeat the study of 2014 on this machine, and report how it went.",
            discussion: """
                The lab, PostgreSQL and the scanner share this machine. The scan is an ordinary one, from reading the list \
                to the roll-up; progress, CPU time and memory of the three are recorded all along. Afterwards every row is \
                compared with the lab's truth: exit status 0 only when all are equal.

                The study's size is --scale 1:1: 8,000,000 domains and 3.4 million MX hosts. It needs 12 GB of disk.

                Examples:
                  mxcensus bench weekend --scale 1:100
                  mxcensus bench weekend --scale 1:1 --report weekend.md --chart weekend.svg
                  mxcensus bench weekend --profile realistic --scale 1:100
                """)

        @OptionGroup var lab: LabOptions
        @Option(help: ArgumentHelp("Write the report to this file too, as Markdown.", valueName: "file"))
        var report: String?
        @Option(help: ArgumentHelp("Write the curves to this file, as SVG.", valueName: "file"))
        var chart: String?
        @Option(help: ArgumentHelp("Probes at once.", valueName: "number"))
        var concurrency = 4000
        @OptionGroup var database: DatabaseOptions

        func validate() throws {
            if !database.isEmbedded {
                throw ValidationError("The benchmark measures the private PostgreSQL: leave out --database.")
            }
        }

        func run() async throws {
            try Self.verifyWritable([report, chart].compactMap(\.self))
            let isEqual = try await LabProcess.run(lab, scan)
            if !isEqual { throw SilentFailure() }
        }

        /// True when all rows equal the truth.
        private func scan(_ process: LabProcess, _ place: LabPlace) async throws -> Bool {
            let data = URL(fileURLWithPath: database.place).standardizedFileURL.path
            let recorder = WeekendRecorder(groups: [
                .scanner, .postgres(below: data), .single("lab", process.identifier),
            ])
            let name = "weekend-1-\(lab.scale.denominator)-\(UUID().uuidString.prefix(8).lowercased())"
            let arguments =
                place.scanArguments + ["--name", name, "--skip-checks", "--concurrency", "\(concurrency)"]
                + database.arguments
            // Held all along, so that the server's processes can be counted until the end.
            return try await database.withStore { store in
                let size = try await store.databaseSize()
                guard try await Scan.parse(arguments).scan(recorder: recorder) else { throw SilentFailure() }
                let result = try await result(name, recorder, store, sizeBefore: size)
                try write(result)
                return result.comparison.isEqual
            }
        }

        private func result(
            _ name: String, _ recorder: WeekendRecorder, _ store: Store, sizeBefore: Int64
        ) async throws -> WeekendResult {
            let scan = try await store.find(name)
            let finished = recorder.elapsed
            recorder.note(try await store.progress(scan.id), inFlight: 0, isLast: true)
            let size = try await store.databaseSize() - sizeBefore
            Console.error("Comparing every row with the truth …")
            let truth = try LabTruth(configuration: lab.configuration(), retries: LabPlace.retries)
            return WeekendResult(
                command: command, seconds: finished, samples: recorder.samples,
                groups: recorder.groups.map(\.name), summary: try await store.summary(scan.id), databaseBytes: size,
                comparison: try await LabComparison.run(scan: scan.id, truth: truth, store: store))
        }

        private var command: String {
            "mxcensus bench weekend --profile \(lab.profile) --scale 1:\(lab.scale.denominator) --seed \(lab.seed)"
                + " --concurrency \(concurrency)"
        }

        private func write(_ result: WeekendResult) throws {
            let text = try WeekendReport(result).markdown
            Console.output(text)
            if let report { try Data(text.utf8).write(to: URL(filePath: report)) }
            if let chart { try Data(WeekendChart(result).svg.utf8).write(to: URL(filePath: chart)) }
        }

        /// Before an hour of work, not after it.
        private static func verifyWritable(_ paths: [String]) throws {
            for path in paths where !FileManager.default.createFile(atPath: path, contents: nil) {
                throw UsageError("Cannot write \(EscapedText.escape(path.utf8)): \(String(cString: strerror(errno))).")
            }
        }
    }
}
