import ArgumentParser
import CensusLab
import CensusModel
import CensusReport
import CensusStore
import ScanSimulation

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Say how long a scan will take, before it is started.",
        discussion: """
            A network gets few connections, however many workers there are: so the longest network often decides. The \
            lower bound says what no order of work can undercut; --simulate plays the scan in virtual time, as workers \
            lease and serve networks, and says what other settings would change. Nothing is contacted.

            Examples:
              mxcensus plan --simulate --scan latest
              mxcensus plan --simulate --networks networks.csv --workers 8 --rate 1
              mxcensus plan --simulate --lab-profile sendgrid-2014 --scale 1:10 --json
            """)

    @Option(help: ArgumentHelp("Networks of an earlier scan, with its settings.", valueName: "scan"))
    var scan: String?

    @Option(
        help: ArgumentHelp("CSV file of NETWORK,TARGETS (/24 or /48, host addresses); - for input.", valueName: "file"))
    var networks: String?

    @Option(help: ArgumentHelp("Networks of a lab internet, by its formula.", valueName: "profile"))
    var labProfile: String?

    @Option(help: ArgumentHelp("Size of the lab internet.", valueName: "1:N"))
    var scale = LabScale(1000)

    @Flag(help: "Play the scan, and what other settings would change. Without, only lower bounds are worked out.")
    var simulate = false

    @Option(help: "Seed of the simulation, and of the lab internet.")
    var seed: UInt64 = 1

    @OptionGroup(title: "Pace") var pace: PlanPace
    @OptionGroup(title: "Assumptions about hosts") var hosts: PlanHosts

    @Flag(help: "Write JSON.")
    var json = false
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        if [scan, networks, labProfile].compactMap(\.self).count != 1 {
            throw ValidationError("Name the networks by one of --scan, --networks and --lab-profile.")
        }
    }

    func run() async throws {
        let (loads, settings) = try await source()
        let plan = SimulationPlan(
            networks: loads, settings: pace.applied(to: settings), workers: pace.connectionsOfWorkers,
            hosts: hosts.assumptions, resolving: pace.resolving, seed: seed)
        let report = SimulationReport(
            plan: plan, bound: LowerBound(plan), result: simulated(plan),
            variants: PlanChange.allCases.compactMap { change in
                change.applied(to: plan).map { (change, LowerBound($0), simulated($0)) }
            })
        if json { return try Console.output(json: report) }
        Console.output(report.text(style: TextStyle(width: Console.width, colour: Console.colour)))
    }

    private func simulated(_ plan: SimulationPlan) -> SimulationResult? { simulate ? ScanSimulation.run(plan) : nil }

    private func source() async throws -> ([NetworkLoad], ScanSettings) {
        if let networks { return (try NetworkLoads.read(networks), ScanSettings()) }
        if let labProfile {
            guard let profile = LabProfile.named(labProfile) else {
                throw UsageError(
                    "No profile '\(EscapedText.escape(labProfile.utf8))'. There is: \(LabProfile.all.map(\.name).joined(separator: ", "))."
                )
            }
            let lab = LabConfiguration(profile: profile, scale: scale.denominator, seed: seed)
            return (try NetworkLoads.of(lab), ScanSettings())
        }
        return try await database.withStore { store in
            let scan = try await store.find(scan)
            return (try await NetworkLoads.of(scan, in: store), try await store.scanDefinition(scan.id).settings)
        }
    }
}

/// Workers, and pace of a planned scan. What is not given is that of the scan named, or the default of `mxcensus scan`.
struct PlanPace: ParsableArguments {
    @Option(help: "Workers.")
    var workers: Int = 1

    @Option(help: "Most connections open at once of each worker.")
    var concurrency: Int = 4000

    @Option(help: ArgumentHelp("New connections per second to one network.", valueName: "per second"))
    var rate: Double?

    @Option(help: ArgumentHelp("Connections open at once to one network.", valueName: "count"))
    var connections: Int?

    @Option(help: "How often an inconclusive probe is tried again.")
    var retries: Int?

    @Option(help: ArgumentHelp("Wait before the first retry; doubles with each.", valueName: "seconds"))
    var retryDelay: Double?

    @Option(help: ArgumentHelp("Deadline for connecting.", valueName: "seconds"))
    var connectTimeout: Double?

    @Option(help: ArgumentHelp("Deadline for the whole greeting.", valueName: "seconds"))
    var greetingTimeout: Double?

    @Option(help: ArgumentHelp("Time over which hosts become known, evenly.", valueName: "seconds"))
    var resolving: Double = 0

    func validate() throws {
        try check("--workers", workers, 1...10_000)
        try check("--concurrency", concurrency, 1...100_000)
        try check("--rate", rate, 0.001...100_000)
        try check("--connections", connections, 1...10_000)
        try check("--retries", retries, 0...20)
        try check("--retry-delay", retryDelay, 0...604_800)
        try check("--connect-timeout", connectTimeout, 0.001...86_400)
        try check("--greeting-timeout", greetingTimeout, 0.001...86_400)
        try check("--resolving", resolving, 0...31_536_000)
    }

    private func check<Value: Comparable>(_ name: String, _ value: Value?, _ range: ClosedRange<Value>) throws {
        if let value, !range.contains(value) {
            throw ValidationError("\(name) must be between \(range.lowerBound) and \(range.upperBound), not \(value).")
        }
    }

    var connectionsOfWorkers: [Int] { Array(repeating: concurrency, count: workers) }

    func applied(to settings: ScanSettings) -> ScanSettings {
        var settings = settings
        if let rate { settings.limits.rate = rate }
        if let connections { settings.limits.connections = connections }
        if let retries { settings.retries = retries }
        if let retryDelay { settings.retryDelay = retryDelay }
        if let connectTimeout { settings.timeouts.connect = Int((connectTimeout * 1000).rounded()) }
        if let greetingTimeout { settings.timeouts.greeting = Int((greetingTimeout * 1000).rounded()) }
        return settings
    }
}

/// What hosts are assumed to be like.
struct PlanHosts: ParsableArguments {
    private static let usual = HostAssumptions()

    @Option(help: ArgumentHelp("Time until a host answers: the median.", valueName: "seconds"))
    var latency = PlanHosts.usual.latency

    @Option(help: ArgumentHelp("Standard deviation of the logarithm of that time.", valueName: "number"))
    var latencySpread = PlanHosts.usual.latencySpread

    @Option(help: ArgumentHelp("Share of hosts that greet late.", valueName: "share"))
    var slowShare = PlanHosts.usual.slowShare

    @Option(help: ArgumentHelp("How late these greet.", valueName: "seconds"))
    var slowGreeting = PlanHosts.usual.slowGreeting

    @Option(help: ArgumentHelp("Share of hosts that let connecting time out.", valueName: "share"))
    var unreachableShare = PlanHosts.usual.unreachableShare

    @Option(
        help: ArgumentHelp("Share of hosts that never greet, which slows their network down.", valueName: "share"))
    var silentShare = PlanHosts.usual.silentShare

    func validate() throws {
        let bounded: [(name: String, value: Double, most: Double)] = [
            ("--latency", latency, 3600), ("--latency-spread", latencySpread, 5),
            ("--slow-greeting", slowGreeting, 3600), ("--slow-share", slowShare, 1),
            ("--unreachable-share", unreachableShare, 1), ("--silent-share", silentShare, 1),
        ]
        for (name, value, most) in bounded where !(0...most).contains(value) {
            throw ValidationError("\(name) must be between 0 and \(most), not \(value).")
        }
        if slowShare + unreachableShare + silentShare > 1 {
            throw ValidationError("--slow-share, --unreachable-share and --silent-share are more than 1 together.")
        }
    }

    var assumptions: HostAssumptions {
        HostAssumptions(
            latency: latency, latencySpread: latencySpread, slowShare: slowShare, slowGreeting: slowGreeting,
            unreachableShare: unreachableShare, silentShare: silentShare)
    }
}
