import CensusModel

/// One lane with its targets: the row of table `lane` and its rows of `probe_target`.
struct SimulatedLane {
    enum State { case idle, ready, leased }

    /// A target whose next attempt has to wait.
    private struct Retry: Comparable {
        let due: Double
        let target: Int
        let number: Int

        static func < (left: Retry, right: Retry) -> Bool { (left.due, left.target) < (right.due, right.target) }
    }

    let number: Int
    /// Its place among all lanes in the order of their slots.
    let place: Int
    let targets: Int
    private let plan: SimulationPlan
    private let phase: Double

    private(set) var state = State.idle
    private(set) var readyAt = Double.infinity
    private(set) var slowdown = 0
    /// Class under which it stands among the lanes that are due; nil when it does not.
    var listedClass: Int?
    private var restUntil = -Double.infinity
    /// Targets that are planned and not done.
    private var pending = 0
    /// Targets that are planned, done or not.
    private var known = 0
    /// Of those, how many had a first attempt.
    private var begun = 0
    private var retries = PriorityQueue<Retry>()

    init(number: Int, place: Int, targets: Int, plan: SimulationPlan) {
        self.number = number
        self.place = place
        self.targets = targets
        self.plan = plan
        phase = Draw(plan.seed, .arrival, number).unit
    }

    /// `size_class + slowdown`: how long what remains will take.
    var sizeClass: Int { Int.bitWidth - 1 - max(1, pending).leadingZeroBitCount + slowdown }

    // MARK: Planning

    private static let planningRounds = 1000.0

    /// When a target becomes known: evenly over the time of resolving, in rounds of the coordinator.
    private func knownAt(_ target: Int) -> Double {
        let even = (Double(target) + phase) / Double(targets)
        return (even * Self.planningRounds).rounded(.up) / Self.planningRounds * plan.resolving
    }

    /// When further targets become known; nil when all are.
    var nextKnown: Double? { known < targets ? knownAt(known) : nil }

    /// When the next target becomes due, if none is; nil when none will.
    var nextDue: Double? { [nextKnown, retries.first?.due].compactMap(\.self).min() }

    /// `add_targets`: takes in what has become known.
    mutating func learn(at now: Double) {
        let before = known
        while known < targets, knownAt(known) <= now { known += 1 }
        pending += known - before
        guard known > before, state != .leased else { return }
        state = .ready
        readyAt = max(restUntil, now)
    }

    // MARK: Leases

    mutating func lease() { state = .leased }

    /// Up to `limit` targets that are due, in the order in which they became so.
    mutating func takeDue(_ limit: Int, at now: Double, formula: HostFormula) -> [Attempt] {
        var taken: [Attempt] = []
        while taken.count < limit {
            let retry = retries.first.flatMap { $0.due <= now ? $0 : nil }
            if begun < known, retry.map({ knownAt(begun) <= $0.due }) ?? true {
                taken.append(formula.attempt(1, lane: number, target: begun))
                begun += 1
            } else if let retry {
                _ = retries.popFirst()
                taken.append(formula.attempt(retry.number, lane: number, target: retry.target))
            } else {
                break
            }
        }
        return taken
    }

    /// `write_probes`: retries wait from now on, the rest is done.
    mutating func write(_ attempts: [Attempt], at now: Double, formula: HostFormula) {
        for attempt in attempts {
            if attempt.isRepeated {
                let next = attempt.number + 1
                retries.insert(Retry(due: now + formula.delay(before: next), target: attempt.target, number: next))
            } else {
                pending -= 1
            }
        }
    }

    /// `complete_lanes`, after its results are written.
    mutating func complete(_ attempts: [Attempt], endedAt level: Int, at now: Double) {
        if attempts.contains(where: \.pushesBack) {
            slowdown = NetworkPace.bounded(max(slowdown + 1, level))
        } else if !attempts.isEmpty {
            slowdown = NetworkPace.bounded(slowdown - 1)
        }
        let pace = plan.pace
        restUntil = now + max(pace.gapSeconds(0), min(pace.gapSeconds(slowdown), 600))
        state = pending == 0 ? .idle : .ready
        readyAt = max(restUntil, begun < known ? now : retries.first?.due ?? .infinity)
    }
}
