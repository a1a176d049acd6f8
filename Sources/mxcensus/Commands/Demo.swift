import ArgumentParser
import CensusLab
import CensusModel
import CensusReport
import CensusStore
import Foundation

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start the lab internet, scan it, and set the result beside the truth.",
        discussion: """
            The lab runs as a process of its own; the scan is an ordinary one with ordinary settings. Afterwards every \
            host and every domain is compared with what the lab's formula says a perfect scan must find. Exit status 0 \
            only when all rows are equal.

            Examples:
              mxcensus demo
              mxcensus demo --scale 1:100
              mxcensus demo --profile hostile
            """)

    @OptionGroup var lab: LabOptions
    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        try await LabProcess.run(lab) { _, place in try await scan(place) }
    }

    private func scan(_ place: LabPlace) async throws {
        let name = "lab-1-\(lab.scale.denominator)-seed-\(lab.seed)-\(UUID().uuidString.prefix(8).lowercased())"
        let arguments = place.scanArguments + ["--name", name, "--skip-checks"] + database.arguments
        Console.error("$ mxcensus lab --profile \(lab.profile) --scale 1:\(lab.scale.denominator) --seed \(lab.seed)")
        Console.error("$ mxcensus scan \(arguments.joined(separator: " "))\n")
        guard try await Scan.parse(arguments).scan() else { throw SilentFailure() }
        try await compare(scan: name)
    }

    private func compare(scan name: String) async throws {
        let configuration = try lab.configuration()
        let equal = try await database.withStore { store in
            let scan = try await store.find(name)
            let truth = try LabTruth(configuration: configuration, retries: LabPlace.retries)
            let style = TextStyle(width: Console.width, colour: Console.colour)
            let summary = try await store.summary(scan.id)
            Console.output("\n" + StudyReport.render(summary, style: style, vocabulary: try Words.load().report))
            Console.output(
                "\n"
                    + TruthReport.render(
                        found: summary, expected: truth.summary(registeredDomain: RegisteredDomains.of),
                        sections: [.domainStatuses, .hostStatuses, .outcomes, .verdicts], style: style,
                        vocabulary: try Words.load().report))
            let comparison = try await LabComparison.run(scan: scan.id, truth: truth, store: store)
            Console.output("\n" + comparison.text)
            return comparison.isEqual
        }
        if !equal { throw SilentFailure() }
    }
}

/// `mxcensus lab` as a child process, so that scanner and lab share neither descriptors nor memory.
struct LabProcess {
    private let process: Process
    /// Nothing is written: it ends with this process, however that ends, and the lab with it.
    private let input: Pipe
    private let output: Pipe

    /// Runs a lab, in a folder of its own, for as long as `body` does.
    ///
    /// - Parameter waitFactor: as `mxcensus lab --wait-factor` takes it.
    static func run<Value>(
        _ options: LabOptions, waitFactor: Double = 1, _ body: (LabProcess, LabPlace) async throws -> Value
    ) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "mxcensus-lab-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = try start(options, directory: folder.path, waitFactor: waitFactor)
        defer { process.stop() }
        return try await body(process, process.place())
    }

    private static func start(_ options: LabOptions, directory: String, waitFactor: Double) throws -> LabProcess {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = [
            "lab", "--profile", options.profile, "--scale", "1:\(options.scale.denominator)",
            "--seed", "\(options.seed)", "--hosts-per-network", "\(options.hostsPerNetwork)", "--dns-port", "0",
            "--smtp-port", "0", "--directory", directory, "--json",
            "--wait-factor", "\(waitFactor)", "--until-input-ends",
        ]
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        return LabProcess(process: process, input: input, output: output)
    }

    /// Number of the process.
    var identifier: Int32 { process.processIdentifier }

    /// Waits until the lab is up and says where.
    private func place() throws -> LabPlace {
        var line: [UInt8] = []
        while line.last != UInt8(ascii: "\n") {
            guard let more = try output.fileHandleForReading.read(upToCount: 1), !more.isEmpty else {
                throw LabEnded()
            }
            line += more
        }
        return try JSONDecoder().decode(LabPlace.self, from: Data(line))
    }

    private func stop() {
        process.terminate()
        process.waitUntilExit()
    }

    struct LabEnded: Error, CustomStringConvertible {
        var description: String { "the lab ended before it was up; its message is above" }
    }
}
