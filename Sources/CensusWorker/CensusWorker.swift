// CensusWorker: lease → work → complete.
//
// Owns: the loop that takes batches from the store, looks names up, probes hosts, judges what was seen and writes it
// back; the worker's own lease clock; draining; judging a stored scan again.
// Must not know: how batches are made or scans end (CensusCoordinator), SQL, terminals, the lab.
// Concurrency: plain structured tasks; shared state sits behind `Mutex` or in actors. No event loop ever waits here.
// Entry types: `Worker`, `WorkerSettings`, `ObservationJudge`, `Rejudge`.

import CensusModel

/// How much one worker process takes on. Scans bring their own settings with them.
public struct WorkerSettings: Sendable {
    /// For people: shown beside leases and in logs.
    public var name: String
    /// Most connections open at once.
    public var concurrency: Int
    /// Most domains leased at once. Many more than lookups in flight, because a batch ends with its slowest name.
    public var resolveConcurrency: Int
    /// How long a lease lasts without renewal. It is renewed three times as often.
    public var leaseSeconds: Double
    /// How long a drain waits for probes in flight before it closes them.
    public var drainSeconds: Double

    /// Settings of a worker called `name`; the defaults suit one process on a machine of its own.
    public init(
        name: String, concurrency: Int = 2000, resolveConcurrency: Int = 16_000, leaseSeconds: Double = 30,
        drainSeconds: Double = 10
    ) {
        self.name = name
        self.concurrency = concurrency
        self.resolveConcurrency = resolveConcurrency
        self.leaseSeconds = leaseSeconds
        self.drainSeconds = drainSeconds
    }
}

/// What a worker is doing at this moment, for progress displays and metrics.
public struct WorkerActivity: Sendable {
    /// Connections open or being opened.
    public var probesInFlight = 0
    /// Attempts ended since the worker began, whatever they found.
    public var probesDone = 0
    /// Of those done, how many could not look.
    public var inconclusive = 0
    /// Hosts judged from another host's look at the same address since the worker began: no attempt was made for them.
    public var hostsShared = 0
    /// Domains being looked up.
    public var domainsInFlight = 0
    /// Domains resolved since the worker began.
    public var domainsDone = 0

    /// Nothing yet.
    public init() {}
}
