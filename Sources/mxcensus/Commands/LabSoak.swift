import ArgumentParser
import CensusLab
import CensusModel
import CensusWorker
import Foundation
import NIOPosix
import Preflight
import ProbeEngine

extension LabCommand {
    struct Soak: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send probes against every behaviour of the lab at once, and watch what they cost.",
            discussion: """
                The lab runs as a process of its own. Every probe must end as its behaviour says, none may outlive its \
                deadline by more than a second, and the memory of this process must stay flat: exit status 0 only then.

                Examples:
                  mxcensus lab soak
                  mxcensus lab soak --probes 1000 --in-flight 100
                """)

        @Option(help: "How many probes.")
        var probes = 5000

        @Option(help: "How many of them at once.")
        var inFlight = 1000

        @Option(help: ArgumentHelp("Deadline of a whole probe, and of each of its steps.", valueName: "seconds"))
        var deadline = 15.0

        @Option(help: "Seed of the order.")
        var seed: UInt64 = 1

        @Flag(help: "Write JSON.")
        var json = false

        func validate() throws {
            if !(1...10_000_000).contains(probes) { throw ValidationError("--probes must be between 1 and 10000000.") }
            if !(1...100_000).contains(inFlight) { throw ValidationError("--in-flight must be between 1 and 100000.") }
            if !(1...3600).contains(deadline) { throw ValidationError("--deadline must be between 1 and 3600.") }
        }

        func run() async throws {
            guard raiseDescriptorLimit().soft > UInt64(inFlight) + 100 else {
                throw UsageError("--in-flight \(inFlight) needs more open files than this process may have: ulimit -n")
            }
            let options = LabOptions.parseOrExit(["--scale", "1:100000"])
            // Whatever comes to an end in the lab does so well within the deadline.
            let report = try await LabProcess.run(options, waitFactor: deadline / 40) { _, place in
                try await soak(place, LabTruth(configuration: options.configuration()))
            }
            Console.output(try json ? report.json() : report.text)
            if !report.passed { throw SilentFailure() }
        }

        private func soak(_ place: LabPlace, _ truth: LabTruth) async throws -> SoakReport {
            let milliseconds = Int(deadline * 1000)
            let timeouts = ProbeTimeouts(
                connect: milliseconds / 3, greeting: milliseconds, command: milliseconds, handshake: milliseconds,
                total: milliseconds)
            let group = MultiThreadedEventLoopGroup(numberOfThreads: ProcessInfo.processInfo.activeProcessorCount)
            let run = SoakRun(
                engine: try ProbeEngine(
                    settings: ProbeEngineSettings(ehloName: "soak.lab.test", timeouts: timeouts), eventLoopGroup: group),
                judge: ObservationJudge(trustStore: try TrustStores.load(place.trustFile)),
                subjects: try SoakSubject.all(truth, port: UInt16(clamping: place.smtpPort)), inFlight: inFlight,
                deadline: .milliseconds(milliseconds))
            let report = await run.run(probes: probes, seed: seed)
            try await group.shutdownGracefully()
            return report
        }
    }
}
