import CensusModel

/// What no order in which networks are taken can undercut, in seconds. Back-off is left out: it only makes a scan longer.
public struct LowerBound: Sendable {
    /// The longest network, if a worker served it from the begin to the end without a break.
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

    /// The bounds of a plan.
    public init(_ plan: SimulationPlan) {
        let formula = HostFormula(plan)
        var networks: [Double] = []
        networks.reserveCapacity(plan.networks.count)
        var (work, longestHost) = (0.0, 0.0)
        for (lane, load) in plan.networks.enumerated() {
            let sum = LaneSum(lane, targets: load.targets, plan: plan, formula: formula)
            networks.append(sum.bound(plan.pace))
            work += sum.seconds
            longestHost = max(longestHost, sum.longestHost)
        }
        // Exactly for those that come into question, since it costs as much as serving them.
        let candidates = networks.indices.sorted { networks[$0] > networks[$1] }.prefix(10)
        let alone = candidates.map { (place: $0, seconds: plan.secondsAlone($0, formula: formula)) }
        longestNetworks = alone.sorted { $0.seconds > $1.seconds }
        longestNetwork = longestNetworks.first?.seconds ?? 0
        capacity = plan.capacity > 0 ? work / Double(plan.capacity) : 0
        self.longestHost = longestHost
        resolving = plan.networks.isEmpty ? 0 : plan.resolving
    }
}

/// The probes of one network, added up: an estimate of how long it takes, and never too much.
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
    func bound(_ pace: NetworkPace) -> Double {
        guard attempts > 0 else { return 0 }
        let starts = Double(attempts - 1) * pace.gapSeconds(0) + shortest
        return max(starts, seconds / Double(pace.connections(0)), longestHost)
    }
}

extension SimulationPlan {
    /// How long a network takes that a worker serves without a break, each target as soon as it is due and has its turn.
    fileprivate func secondsAlone(_ network: Int, formula: HostFormula) -> Double {
        var lane = SimulatedLane(number: network, place: 0, targets: networks[network].targets, plan: self)
        var run = LaneRun(at: 0, pace: pace, slowdown: 0, attempts: [])
        let enough = 2 * pace.connections(0)
        var now = 0.0
        while true {
            lane.learn(at: now)
            if run.remaining < enough {
                run.add(lane.takeDue(enough, at: now, formula: formula).map(\.withoutBackOff))
            }
            if let end = run.next() {
                now = end.time
                lane.write([end.attempt], at: now, formula: formula)
            } else if let next = lane.nextDue {
                now = next
                run.wait(until: next)
            } else {
                return now
            }
        }
    }
}
