import CensusModel

/// What a simulated scan came to. Times are in seconds from its begin.
public struct SimulationResult: Sendable {
    /// Probes, retries included.
    public let probes: Int
    /// When the last probe ended.
    public let makespan: Double
    /// When so many of all probes had ended.
    public let tail: [TailPoint]
    /// When the last probe of each network ended, in the order of the plan.
    public let networkEnds: [Double]

    /// A share of the probes, 0…1, and when so many had ended.
    public struct TailPoint: Hashable, Sendable {
        /// Of all probes.
        public let share: Double
        /// Since the begin.
        public let seconds: Double
    }
}

/// Simulates scans.
public enum ScanSimulation {
    private static let shares = [0.5, 0.9, 0.99, 1]

    /// The course of `plan`. Takes about a second for a million targets.
    public static func run(_ plan: SimulationPlan) -> SimulationResult {
        var simulation = Simulation(plan)
        simulation.run()
        let ends = simulation.ends.sorted()
        return SimulationResult(
            probes: ends.count, makespan: ends.last ?? 0,
            tail: ends.isEmpty
                ? [] : shares.map { .init(share: $0, seconds: ends[Int((Double(ends.count) * $0).rounded(.up)) - 1]) },
            networkEnds: simulation.laneEnds)
    }
}
