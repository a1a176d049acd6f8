import CensusModel
import Foundation

/// What hosts are assumed to be like: how long a probe takes, and how many hosts say nothing. The lab's profile `realistic`
/// is built by the same figures.
public struct HostAssumptions: Hashable, Sendable {
    /// Seconds between a message to a host and its answer: the median of hosts.
    public var latency: Double
    /// Standard deviation of the latency's natural logarithm: 0 makes all hosts equal.
    public var latencySpread: Double
    /// Answers that a probe waits for: connection, greeting, EHLO, STARTTLS, handshake, EHLO, QUIT.
    public var roundTrips: Int
    /// Share of hosts that greet late, 0…1.
    public var slowShare: Double
    /// Seconds by which these do.
    public var slowGreeting: Double
    /// Share of hosts to which no connection comes about: the deadline for connecting passes at each attempt.
    public var unreachableShare: Double
    /// Share of hosts that never greet: the deadline for the greeting passes at each attempt, and the first slows their network down.
    public var silentShare: Double

    /// The defaults: a median of 150 ms, 474 ms for one host in twenty, 6 s of greet delay at 4 %, 5 % that time out.
    public init(
        latency: Double = 0.15, latencySpread: Double = 0.7, roundTrips: Int = 7, slowShare: Double = 0.04,
        slowGreeting: Double = 6, unreachableShare: Double = 0.045, silentShare: Double = 0.005
    ) {
        self.latency = latency
        self.latencySpread = latencySpread
        self.roundTrips = roundTrips
        self.slowShare = slowShare
        self.slowGreeting = slowGreeting
        self.unreachableShare = unreachableShare
        self.silentShare = silentShare
    }
}

/// One probe of one target: how long it takes, and what follows.
struct Attempt {
    let target: Int
    /// From 1.
    let number: Int
    let seconds: Double
    /// The look was inconclusive: it is tried again, as often as the scan does.
    let isRepeated: Bool
    /// Asks for a gentler pace.
    let pushesBack: Bool

    var withoutBackOff: Attempt {
        Attempt(target: target, number: number, seconds: seconds, isRepeated: isRepeated, pushesBack: false)
    }
}

/// The hosts of a plan by formula: each follows from the seed, its lane and its number.
struct HostFormula {
    private let plan: SimulationPlan
    private let total: Double

    init(_ plan: SimulationPlan) {
        self.plan = plan
        total = Double(plan.timeouts.total) / 1000
    }

    func attempt(_ number: Int, lane: Int, target: Int) -> Attempt {
        let hosts = plan.hosts
        let kind = Draw(plan.seed, .kind, lane, target).unit
        let silent = hosts.unreachableShare + hosts.silentShare
        if kind < silent {
            let isSilent = kind >= hosts.unreachableShare
            let deadline = Double(isSilent ? plan.timeouts.greeting : plan.timeouts.connect) / 1000
            return Attempt(
                target: target, number: number, seconds: min(deadline, total), isRepeated: number <= plan.retries,
                pushesBack: isSilent && number == 1)
        }
        let delay = kind < silent + hosts.slowShare ? hosts.slowGreeting : 0
        let seconds = delay + Double(hosts.roundTrips) * latency(lane: lane, target: target)
        return Attempt(
            target: target, number: number, seconds: min(seconds, total), isRepeated: false, pushesBack: false)
    }

    /// Seconds before attempt `number` may begin, from the end of the lease in which the one before it was made.
    func delay(before number: Int) -> Double { plan.retryDelay * Double(1 << min(number - 2, 16)) }

    /// Log-normal, by the method of Box and Muller.
    private func latency(lane: Int, target: Int) -> Double {
        guard plan.hosts.latencySpread > 0 else { return plan.hosts.latency }
        let radius = (-2 * log(1 - Draw(plan.seed, .radius, lane, target).unit)).squareRoot()
        let normal = radius * cos(2 * .pi * Draw(plan.seed, .angle, lane, target).unit)
        return plan.hosts.latency * exp(plan.hosts.latencySpread * normal)
    }
}

/// A number that follows from a seed, a purpose and two places: the finaliser of SplitMix64.
struct Draw {
    enum Purpose: UInt64 { case kind = 1, radius, angle, slot, arrival, worker }

    private let bits: UInt64

    init(_ seed: UInt64, _ purpose: Purpose, _ first: Int, _ second: Int = 0) {
        let place = UInt64(bitPattern: Int64(first)) &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(bitPattern: Int64(second))
        bits = Self.scramble(Self.scramble(seed &+ purpose.rawValue << 56) ^ Self.scramble(place))
    }

    /// At least 0, less than 1.
    var unit: Double { Double(bits >> 11) * 0x1p-53 }

    /// 0..<`bound`.
    func below(_ bound: Int) -> Int { Int(unit * Double(bound)) }

    private static func scramble(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
