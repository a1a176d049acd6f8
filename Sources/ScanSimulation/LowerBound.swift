import CensusModel

/// What no order of work can undercut, in seconds.
public struct LowerBound: Sendable {
    /// The longest network, at its rate and with its connections.
    public let longestNetwork: Double
    /// All probes together, over all connections of all workers.
    public let capacity: Double
    /// The host that takes longest: its attempts, and the waits between them.
    public let longestHost: Double
    /// Until the last host is known.
    public let resolving: Double
    /// The networks that take longest by themselves: place in the plan and seconds, the longest first, ten at most.
    public let longestNetworks: [(place: Int, seconds: Double)]

    /// The greatest of all.
    public var seconds: Double { max(longestNetwork, capacity, longestHost, resolving) }

    /// The bounds of a plan. Back-off is left out: it only makes a scan longer.
    public init(_ plan: SimulationPlan) {
        let formula = HostFormula(plan)
        var networks: [Double] = []
        networks.reserveCapacity(plan.networks.count)
        var (work, longestHost) = (0.0, 0.0)
        for (lane, load) in plan.networks.enumerated() {
            let sum = LaneSum(lane, targets: load.targets, plan: plan, formula: formula)
            networks.append(sum.bound(plan.limits))
            work += sum.seconds
            longestHost = max(longestHost, sum.longestHost)
        }
        let order = networks.indices.sorted { networks[$0] > networks[$1] }
        longestNetworks = order.prefix(10).map { ($0, networks[$0]) }
        longestNetwork = longestNetworks.first?.seconds ?? 0
        capacity = plan.capacity > 0 ? work / Double(plan.capacity) : 0
        self.longestHost = longestHost
        resolving = plan.networks.isEmpty ? 0 : plan.resolving
    }
}

/// The probes of one network, added up.
private struct LaneSum {
    private(set) var attempts = 0
    private(set) var seconds = 0.0
    private(set) var longestHost = 0.0
    private var shortest = Double.infinity

    init(_ lane: Int, targets: Int, plan: SimulationPlan, formula: HostFormula) {
        for target in 0..<targets {
            let first = formula.attempt(1, lane: lane, target: target)
            let count = first.isRepeated ? plan.retries + 1 : 1
            attempts += count
            seconds += Double(count) * first.seconds
            shortest = min(shortest, first.seconds)
            let waits = (1..<count).reduce(0) { $0 + formula.delay(before: $1 + 1) }
            longestHost = max(longestHost, Double(count) * first.seconds + waits)
        }
    }

    /// Starts are a gap apart, and only so many connections are open at once.
    func bound(_ limits: NetworkLimits) -> Double {
        guard attempts > 0 else { return 0 }
        let starts = Double(attempts - 1) * LaneRun.gap(limits, slowdown: 0) + shortest
        return max(starts, seconds / Double(LaneRun.connections(limits, slowdown: 0)), longestHost)
    }
}
