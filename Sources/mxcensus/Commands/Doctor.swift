import ArgumentParser
import CensusModel
import CensusReport
import Foundation
import Preflight

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check what on this machine would spoil a scan.",
        discussion: """
            Checks outbound port 25, DNS, file descriptors, the clock, IPv6, the trust store, the EHLO name and \
            PostgreSQL. A scan runs the same checks before it starts. Exit status 1 when something would spoil the result.

            Examples:
              mxcensus doctor
              mxcensus doctor --ehlo-name probe.example.org --json
            """)

    @OptionGroup(title: "Probing") var probing: ProbeOptions
    @OptionGroup var database: DatabaseOptions

    @Option(help: "Connections that a scan would open at once.")
    var concurrency = 2000

    @Flag(help: "Write JSON.")
    var json = false

    func run() async throws {
        let report = try await Checks.run(
            settings: probing.settings(), trustFile: probing.trustFile, concurrency: concurrency, database: database)
        Console.output(try json ? report.json() : report.text(width: Console.width, colour: Console.colour))
        if report.exitStatus != 0 { throw SilentFailure() }
    }
}
