import ArgumentParser
import CensusModel
import CensusReport
import CensusStore
import Foundation

struct Scan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Scan lists of mail domains: look up, probe, judge, and show the summary.",
        discussion: """
            Everything runs in this process, with a private PostgreSQL unless --database names one. Ctrl-C drains: what \
            has been found is kept, and the same command, or `mxcensus scan --resume`, goes on where it stopped. A list \
            whose scan is finished is scanned anew, as a scan of its own.

            Where --database names one on which a coordinator runs, the scan is left to it and its workers; this command \
            shows the progress and waits, or with --detach does not.

            LIST is a file (one domain a line, CSV with a header, or rank,domain), '-' for standard input, or the name \
            of an imported list.

            Examples:
              mxcensus scan domains.csv
              mxcensus scan customers.csv --domain-column domain --weight-column messages --name customers-w48
              mxcensus scan top.csv --limit 1000 --ehlo-name probe.example.org
              mxcensus scan top.csv --verify-without-sni 0.05
              mxcensus scan customers.csv --share-looks --share-looks-check 5%
              mxcensus scan --resume
              mxcensus scan customers.csv --database postgresql://census@db.example.org/census --detach
            """)

    @Argument(help: ArgumentHelp("List files or names of imported lists.", valueName: "list"))
    var lists: [String] = []

    @Option(help: "Name of the scan. (default: the list's name and the date)")
    var name: String?

    @Flag(help: "Go on with the unfinished scan: the one named by --name, else the latest.")
    var resume = false

    @Flag(help: "Leave the scan to the coordinator and workers of --database, and return at once.")
    var detach = false

    @Flag(help: "Do the work in this process, although a coordinator runs on --database.")
    var here = false

    @Flag(help: "Do not check this machine first.")
    var skipChecks = false

    @Flag(help: "Write progress and the summary as JSON.")
    var json = false

    @OptionGroup var columns: ColumnOptions
    @OptionGroup(title: "Probing") var probing: ProbeOptions
    @OptionGroup(title: "Looks") var looks: LookOptions
    @OptionGroup(title: "Pace and size") var pace: PaceOptions
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        if lists.isEmpty, !resume {
            throw ValidationError("Name a list to scan, or --resume to go on with an unfinished scan.")
        }
        if detach, here { throw ValidationError("--detach and --here exclude each other.") }
        if !lists.isEmpty, resume {
            throw ValidationError(
                "--resume goes on with an unfinished scan and takes no list. The same command without it resumes too.")
        }
    }

    func run() async throws {
        let finished = try await scan()
        if !finished { throw SilentFailure() }
    }

    /// Scans and prints the summary. False when it was interrupted.
    ///
    /// - Parameter recorder: told of the progress of a scan in this process; nil for nobody.
    func scan(recorder: WeekendRecorder? = nil) async throws -> Bool {
        if detach, database.isEmbedded {
            throw UsageError("--detach needs a database that a coordinator works on: name it with --database.")
        }
        let concurrency = FileDescriptors.concurrency(asked: pace.concurrency)
        let trustStore = try TrustStores.load(probing.trustFile)
        try ListSource.verify(lists, columns: columns)
        let settings = try await probing.scanSettings(pace: pace, looks: looks)
        let plan = ScanPlan(
            name: name, settings: settings, trustStorePEM: trustStore.pem, limit: pace.limit, columns: columns)
        return try await database.withStore { store in
            let fleet = try await isForFleet(store)
            if !skipChecks, !resume, !fleet { try await check(settings, concurrency: concurrency) }
            let scan = resume ? try await plan.unfinished(in: store) : try await plan.scan(of: lists, in: store)
            if fleet { return try await submit(scan, in: store) }
            if !skipChecks, resume {
                // An unfinished scan goes on with its own settings.
                try await check(store.scanDefinition(scan.id).settings, concurrency: concurrency)
            }
            let run = ScanRun(
                store: store, scan: scan, concurrency: concurrency, json: json, recorder: recorder)
            guard try await run.run() else {
                Console.error(
                    "\nStopped. Everything found so far is kept; go on with: mxcensus scan --resume --name \(scan.name)"
                )
                return false
            }
            try await store.printSummary(of: scan, json: json)
            return true
        }
    }

    /// True when others do the work: asked for, or a coordinator runs.
    private func isForFleet(_ store: Store) async throws -> Bool {
        guard !database.isEmbedded, !here else { return false }
        let coordinators = try await store.coordinators()
        if detach, coordinators.isEmpty {
            Console.error("No coordinator is running: the scan waits until one is. Start it with: mxcensus coordinator")
        }
        return detach || !coordinators.isEmpty
    }

    /// Leaves `scan` to the fleet. False when the person stopped waiting for it.
    private func submit(_ scan: ScanInfo, in store: Store) async throws -> Bool {
        if detach {
            Console.error("Submitted. How far it is: mxcensus status \(scan.name)")
            print(scan.name)
            return true
        }
        guard try await ScanWatch(store: store, scan: scan, json: json).run() else {
            Console.error("\nThe scan goes on. How far it is: mxcensus status \(scan.name)")
            return false
        }
        try await store.printSummary(of: scan, json: json)
        return true
    }

    private func check(_ settings: ScanSettings, concurrency: Int) async throws {
        let report = try await Checks.run(
            settings: settings, trustFile: probing.trustFile, concurrency: concurrency, database: database)
        let trouble = report.text(width: Console.width, colour: Console.colour, onlyTrouble: true)
        if !trouble.isEmpty { Console.error(trouble) }
        if report.exitStatus != 0 {
            Console.error(
                "The scan was not started, because its result would be wrong. --skip-checks starts it all the same.")
            throw SilentFailure()
        }
    }
}
