// ScanSimulation: how long a scan will take, worked out in virtual time.
//
// Owns: the model of how workers take lanes and serve them (`take_lanes` and `complete_lanes` of the schema, the worker's
// `ConnectionBudget`, the engine's `NetworkQueue`), its assumptions about hosts, and the bounds below which no order of
// work can come.
// Must not know: the database, the network, the clock. Everything follows from the input; nothing sleeps.
// Concurrency: values; a simulation runs on the caller's thread.
// Entry: `ScanSimulation.run(SimulationPlan)`.

import CensusModel

/// One network of a scan, and how many host addresses are to be probed in it.
public struct NetworkLoad: Hashable, Sendable {
    /// A /24 or /48.
    public var network: CIDR
    /// Host addresses; at least 1.
    public var targets: Int

    /// Takes the parts as they are.
    public init(network: CIDR, targets: Int) {
        self.network = network
        self.targets = targets
    }
}

/// A scan that is to be simulated.
public struct SimulationPlan: Sendable {
    /// Each network once.
    public var networks: [NetworkLoad]
    /// How gently each network is treated.
    public var limits: NetworkLimits
    /// Deadlines of each probe.
    public var timeouts: ProbeTimeouts
    /// How often an inconclusive probe is tried again.
    public var retries: Int
    /// Seconds before the first retry; doubles with each.
    public var retryDelay: Double
    /// Most connections of each worker.
    public var workers: [Int]
    /// What hosts are like.
    public var hosts: HostAssumptions
    /// How fast the database answers.
    public var database: DatabaseAssumptions
    /// Seconds over which the hosts of every network become known, evenly; 0: all are known from the start.
    public var resolving: Double
    /// Another seed is another world and another course of the same proportions.
    public var seed: UInt64

    /// A plan with the pace and deadlines of `settings`.
    public init(
        networks: [NetworkLoad], settings: ScanSettings, workers: [Int], hosts: HostAssumptions = .init(),
        database: DatabaseAssumptions = .init(), resolving: Double = 0, seed: UInt64 = 1
    ) {
        self.networks = networks
        limits = settings.limits
        timeouts = settings.timeouts
        retries = settings.retries
        retryDelay = settings.retryDelay
        self.workers = workers
        self.hosts = hosts
        self.database = database
        self.resolving = resolving
        self.seed = seed
    }

    /// What these limits mean at each slowdown.
    var pace: NetworkPace { NetworkPace(limits) }

    /// Connections that all workers together may have open.
    var capacity: Int { workers.reduce(0, +) }
}

/// How fast the database answers, in seconds, and how patient workers are.
public struct DatabaseAssumptions: Hashable, Sendable {
    /// To lease lanes.
    public var lease: Double
    /// From the last probe of a lease until its results are written.
    public var completion: Double
    /// A worker that found nothing to lease asks again after a time in this range.
    public var idle: ClosedRange<Double>

    /// The defaults are those of a server of two cores under load, and of the worker.
    public init(lease: Double = 0.01, completion: Double = 0.1, idle: ClosedRange<Double> = 0.05...0.2) {
        self.lease = lease
        self.completion = completion
        self.idle = idle
    }
}
