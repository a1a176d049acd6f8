/// How far a scan is, cheap to compute at any moment.
public struct ScanProgress: Hashable, Sendable, Codable {
    /// Domains of the scan.
    public var domains: Int64
    /// Those whose DNS answers are stored.
    public var domainsResolved: Int64
    /// Unique MX hosts known so far.
    public var hosts: Int64
    /// Probe targets known so far and those done; both still grow while domains are resolved and probes are retried.
    public var targets: Int64
    /// Targets that need no further attempt; never more than `targets`.
    public var targetsDone: Int64
    /// Batches given up after all attempts; their last errors are kept.
    public var deadBatches: Int64
    /// True when every domain has its terminal state, every target is done and no lease is left.
    public var complete: Bool

    /// Progress with these counts.
    public init(
        domains: Int64, domainsResolved: Int64, hosts: Int64, targets: Int64, targetsDone: Int64, deadBatches: Int64,
        complete: Bool
    ) {
        self.domains = domains
        self.domainsResolved = domainsResolved
        self.hosts = hosts
        self.targets = targets
        self.targetsDone = targetsDone
        self.deadBatches = deadBatches
        self.complete = complete
    }
}
