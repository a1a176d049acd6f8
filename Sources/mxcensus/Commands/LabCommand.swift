import ArgumentParser
import CensusLab
import CensusModel
import CensusReport
import DomainNames
import Foundation
import Preflight
import UnixSignals

struct LabCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab", abstract: "Run the lab internet: DNS and mail hosts on this machine's loopback.",
        discussion: """
            A deterministic small Internet on 127.0.0.0/8, for tests and for trying things out. `lab truth` prints what \
            a perfect scan of it must find, computed from its formula.

            Examples:
              mxcensus lab --scale 1:1000 --seed 1
              mxcensus lab truth --scale 1:1000
              mxcensus lab list --scale 1:1000 > domains.csv
              mxcensus lab --list-behaviours
              mxcensus lab soak
            """,
        subcommands: [Serve.self, Truth.self, List.self, Behaviours.self, Soak.self], defaultSubcommand: Serve.self)

    struct Serve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Serve the lab internet until Ctrl-C.",
            discussion: """
                Writes the lab's trusted root and its list of domains to the directory, and prints the scan command that \
                fits.

                Example:
                  mxcensus lab --scale 1:1000 --dns-port 5353 --smtp-port 2525
                """)

        @OptionGroup var lab: LabOptions

        @Option(help: "Port of the DNS server, UDP and TCP; 0 takes a free one.")
        var dnsPort = 5353

        @Option(help: "Port of all mail hosts; 0 takes a free one.")
        var smtpPort = 2525

        @Option(help: "Where the trust file and the list go.")
        var directory = "lab"

        @Option(
            help: ArgumentHelp(
                "Makes the waits of slow hosts shorter or longer, to fit the deadlines of a scan.", valueName: "factor")
        )
        var waitFactor = 1.0

        @Option(
            help: ArgumentHelp(
                "Hosts give up a client that sends nothing for so long. (default: never)", valueName: "seconds"))
        var idleTimeout: Double?

        @Option(
            help: ArgumentHelp(
                "Write the begin and the end of every connection: monotonic nanoseconds, open or close, host.",
                valueName: "file"))
        var connectionLog: String?

        @Flag(help: "End when standard input ends, too: a lab that another program starts does not outlive it.")
        var untilInputEnds = false

        @Flag(help: "Describe every behaviour of the lab's hosts, and end.")
        var listBehaviours = false

        @Flag(help: "Describe the running lab as one line of JSON.")
        var json = false

        func validate() throws {
            if !(0.001...1000).contains(waitFactor) {
                throw ValidationError("--wait-factor must be between 0.001 and 1000, not \(waitFactor).")
            }
            if let idleTimeout, !(0.001...86_400).contains(idleTimeout) {
                throw ValidationError("--idle-timeout must be between 0.001 and 86400 seconds, not \(idleTimeout).")
            }
        }

        func run() async throws {
            if listBehaviours { return Console.output(BehaviourList.text) }
            // A busy lab holds as many connections as the scanners that it serves.
            raiseDescriptorLimit()
            var configuration = try lab.configuration(dnsPort: dnsPort, smtpPort: smtpPort)
            configuration.scaleWaits(by: waitFactor)
            configuration.idleTimeout = idleTimeout.map { Int(($0 * 1000).rounded(.up)) }
            configuration.connectionLog = connectionLog
            let lab = try Lab(configuration: configuration)
            try await lab.start()
            let place = try LabPlace.write(lab: lab, configuration: configuration, directory: directory)
            Console.output(try json ? place.json() + "\n" : place.text())
            await end()
            try await lab.shutdown()
        }

        /// Returns at the first signal to end, or at the end of standard input if that counts.
        private func end() async {
            let signals = await UnixSignalsSequence(trapping: [.sigint, .sigterm])
            await withTaskGroup { group in
                group.addTask { for await _ in signals { break } }
                if untilInputEnds { group.addTask { for await _ in Self.inputEnd() {} } }
                await group.next()
                group.cancelAll()
            }
        }

        /// A stream that ends with standard input, whose content does not matter.
        private static func inputEnd() -> AsyncStream<Never> {
            let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
            // A thread, since reading blocks; it ends with the process.
            Thread.detachNewThread {
                while !FileHandle.standardInput.availableData.isEmpty {}
                continuation.finish()
            }
            return stream
        }
    }

    struct Truth: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print what a perfect scan of the lab must find, computed from its formula.",
            discussion: """
                The summary, or with --domains or --attempts a JSON line for each domain or each attempt at a host, with \
                the keys of `mxcensus export`. The truth is that of the lab's own list, or of LIST.

                Examples:
                  mxcensus lab truth --scale 1:1000
                  mxcensus lab truth --scale 1:2000 --attempts
                  mxcensus lab truth --list customers.csv --domains
                """)

        @OptionGroup var lab: LabOptions

        @Option(help: "text, json, csv or markdown.")
        var format: Report.Format = .text

        @Flag(help: "A JSON line for each domain.")
        var domains = false

        @Flag(help: "A JSON line for each attempt at a host address.")
        var attempts = false

        @Option(help: "How often the scan repeats an inconclusive probe.")
        var retries = 2

        @Option(help: ArgumentHelp("Names to tell the truth about. (default: the lab's own list)", valueName: "file"))
        var list: String?

        @OptionGroup var columns: ColumnOptions

        func run() async throws {
            let source = try await TruthSource.load(
                LabTruth(configuration: lab.configuration(), retries: retries), list: list, columns: columns)
            if domains {
                try source.writeDomains()
            } else if attempts {
                try source.writeAttempts()
            } else {
                Console.output(
                    SummaryReport.render(source.summary, as: format.summaryFormat, vocabulary: try Words.load().report))
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the lab's list of domains as CSV: domain,weight.",
            discussion: "Example:\n  mxcensus lab list --scale 1:1000 > domains.csv")

        @OptionGroup var lab: LabOptions

        func run() async throws { try LabDomains(configuration: lab.configuration()).writeCSV(to: "-") }
    }

    struct Behaviours: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Describe every behaviour of the lab's hosts, and how to ask for one.",
            discussion: """
                Any behaviour can be had by name: the domain expired.behaviour.lab.test has one MX host with an expired \
                certificate.

                Example:
                  mxcensus lab behaviours
                """)

        func run() async throws { Console.output(BehaviourList.text) }
    }
}

/// Every behaviour for people: what the host does, the text to go by, what to conclude, what a perfect scan records.
enum BehaviourList {
    static var text: String { Behaviour.all.map(describe).joined(separator: "\n") }

    private static func describe(_ behaviour: Behaviour) -> String {
        """
        \(behaviour.name)
            \(behaviour.summary)
            \(behaviour.reference)
            \(behaviour.advice)
            A perfect scan records: \(record(behaviour.expectation))

        """
    }

    private static func record(_ expectation: Expectation) -> String {
        guard let outcome = expectation.outcome else { return "host \(expectation.status.rawValue), nothing dialled" }
        let reason = expectation.handshake.map { " (\($0.code))" } ?? ""
        let remarks =
            expectation.findings.map(\.rawValue)
            + (expectation.dependsOnServerName ? ["\(Finding.sniDependent.rawValue) after a second look"] : [])
        return outcome.rawValue + reason + (expectation.conclusive ? "" : ", inconclusive")
            + (remarks.isEmpty ? "" : "; findings: " + remarks.joined(separator: ", "))
    }
}

/// Where a running lab is, and the scan that fits it.
struct LabPlace: Codable, Sendable {
    var dns: String
    var smtpPort: Int
    var trustFile: String
    var list: String
    var deadlines: LabDeadlines

    static func write(lab: Lab, configuration: LabConfiguration, directory: String) throws -> LabPlace {
        let folder = URL(filePath: directory)
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw UsageError("Cannot make the directory '\(directory)': \(error.localizedDescription)")
        }
        let place = LabPlace(
            dns: lab.dnsServer, smtpPort: lab.smtpPort, trustFile: folder.appending(path: "trust.pem").path,
            list: folder.appending(path: "domains.csv").path, deadlines: configuration.profile.deadlines)
        try lab.writeTrustFile(place.trustFile)
        try LabDomains(configuration: configuration).writeCSV(to: place.list)
        return place
    }

    /// How often such a scan repeats an inconclusive probe: the truth depends on it.
    static let retries = 1

    /// Options of `mxcensus scan` for this lab: ordinary settings, since the scanner does not know that it is a lab.
    /// Short deadlines, because silent lab hosts stay silent; a pace that suits a machine talking to itself.
    var scanArguments: [String] {
        [
            list, "--dns", dns, "--dns-timeout", "5", "--port", "\(smtpPort)", "--trust-file", trustFile,
            "--allow-network", "127.0.0.0/8", "--allow-network", "::1/128",
            "--connect-timeout", "\(deadlines.connect)", "--greeting-timeout", "\(deadlines.greeting)",
            "--step-timeout", "\(deadlines.step)", "--total-timeout", "\(deadlines.total)",
            "--concurrency", "400", "--rate", "200", "--connections", "16", "--retries", "\(Self.retries)",
            "--retry-delay", "1",
        ]
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    func text() -> String {
        """
        The lab internet is up. Ctrl-C ends it.
          DNS          \(dns)
          mail hosts   port \(smtpPort) on 127.0.0.0/8
          trust file   \(trustFile)
          domains      \(list)

        Scan it from another terminal with:
          mxcensus scan \(scanArguments.joined(separator: " "))

        """
    }
}
