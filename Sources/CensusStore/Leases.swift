import CensusModel

/// One incarnation of a worker, as the database knows it.
public typealias WorkerID = Int64

/// A worker's hold on all its leases.
public struct WorkerLease: Sendable, Hashable {
    /// Who holds it.
    public let worker: WorkerID
    /// How long the leases last from when the call was made.
    public let remaining: Duration
}

/// A range of domains to be resolved by one worker.
public struct ResolveLease: Sendable {
    /// Who holds it.
    public let worker: WorkerID
    /// The scan it belongs to.
    public let scanID: Int64
    /// Number of the batch in its scan.
    public let batchID: Int64
    /// Token of this lease: whoever completes the batch must name it.
    public let fence: Int64
    /// The domains with their numbers in the list.
    public let domains: [(id: Int64, name: DomainName)]
}

/// What DNS said about one domain of a batch.
public struct DomainResult: Sendable {
    /// Number of the domain in the list.
    public let domainID: Int64
    /// What DNS said.
    public let resolution: DomainResolution

    /// Takes the parts as they are.
    public init(domainID: Int64, resolution: DomainResolution) {
        self.domainID = domainID
        self.resolution = resolution
    }
}

/// What DNS said about one MX host that a batch names.
public struct HostResult: Sendable {
    /// As in `MXRecord.host`.
    public let host: String
    /// What DNS said.
    public let resolution: HostResolution
    /// Registered domain; empty when there is none.
    public let provider: String
    /// Those of `resolution.addresses` that may be contacted, in the order in which they are tried.
    public let permitted: [IPAddress]

    /// Takes the parts as they are.
    public init(host: String, resolution: HostResolution, provider: String, permitted: [IPAddress]) {
        self.host = host
        self.resolution = resolution
        self.provider = provider
        self.permitted = permitted
    }
}

/// One network, with targets that are due, to be probed by one worker.
public struct LaneLease: Sendable {
    /// Who holds it.
    public let worker: WorkerID
    /// The scan it belongs to.
    public let scanID: Int64
    /// Number of the lane.
    public let laneID: Int64
    /// The network whose limits hold for all targets.
    public let network: CIDR
    /// Token of this lease: whoever completes the lane must name it.
    public let fence: Int64
    /// Back-off: rate and connections are the scan's limits divided by two to this power, 0…6.
    public let slowdown: Int
    /// Can be empty: the lease has to be completed all the same.
    public let targets: [LaneTarget]
    /// What is known of the targets' addresses, in scans that share looks; nothing of most.
    public let looks: [IPAddress: AddressLook]
}

/// What is known of an address that several host names share: see sql/migrations/V0021__shared_looks.sql.
public struct AddressLook: Sendable {
    /// What it says about further names. The raw value is the code used in the database.
    public enum State: String, Sendable {
        /// Nothing: there was one look.
        case single
        /// They would be shown the same.
        case independent
        /// Each must be asked for.
        case dependent
    }

    /// What it says about further names.
    public let state: State
    /// Results shared since the last check.
    public let unchecked: Int
    /// The first look, with the host for which it was made; nil when dependent.
    public let first: StoredProbe?

    init(state: State, unchecked: Int, first: StoredProbe?) {
        self.state = state
        self.unchecked = unchecked
        self.first = first
    }
}

/// What a lease has learnt of an address.
public struct LookNote: Sendable, Hashable {
    /// The address.
    public let address: IPAddress
    /// What is known of it now.
    public let state: AddressLook.State
    /// The host for which the first look was made.
    public let hostID: Int64
    /// Looks of this lease that were compared with the first.
    public let checks: Int
    /// Results shared since the last check.
    public let unchecked: Int

    /// Takes the parts as they are.
    public init(address: IPAddress, state: AddressLook.State, hostID: Int64, checks: Int, unchecked: Int) {
        self.address = address
        self.state = state
        self.hostID = hostID
        self.checks = checks
        self.unchecked = unchecked
    }
}

/// One address of one host, due to be probed.
public struct LaneTarget: Sendable, Hashable {
    /// Number of this attempt.
    public let targetID: Int64
    /// Number of the host.
    public let hostID: Int64
    /// Name of the host, as in `MXRecord.host`.
    public let host: String
    /// Where to connect to.
    public let address: IPAddress
    /// Number of this attempt at this address, from 1.
    public let attempt: Int
    /// The host has a further address that may be contacted.
    public let hasNextAddress: Bool
}

/// What follows an attempt.
public enum NextStep: Sendable, Hashable {
    /// The attempt speaks for its host.
    case final
    /// The host is tried at its next address.
    case nextAddress
    /// The same address is tried again, not before so many seconds.
    case retry(afterSeconds: Double)
}

/// One attempt at one target: what was seen, how it was judged, what follows.
public struct ProbeRecord: Sendable {
    /// Number of this attempt.
    public let targetID: Int64
    /// Number of the host.
    public let hostID: Int64
    /// What was seen.
    public let observation: ProbeObservation
    /// How it was judged.
    public let verdict: ProbeVerdict
    /// Nil when no certificate was sent.
    public let evidence: ChainEvidence?
    /// Of the certificates of the second look; nil when there was none, or it got no certificate.
    public let secondEvidence: ChainEvidence?
    /// The host asks for a gentler pace: its network is slowed down.
    public let pushedBack: Bool
    /// What follows.
    public let next: NextStep
    /// The host whose look at the same address was judged; nil when this one had a connection of its own.
    public let sharedFrom: Int64?

    /// Takes the parts as they are.
    public init(
        targetID: Int64, hostID: Int64, observation: ProbeObservation, verdict: ProbeVerdict, evidence: ChainEvidence?,
        secondEvidence: ChainEvidence? = nil, pushedBack: Bool = false, next: NextStep, sharedFrom: Int64? = nil
    ) {
        self.targetID = targetID
        self.hostID = hostID
        self.observation = observation
        self.verdict = verdict
        self.evidence = evidence
        self.secondEvidence = secondEvidence
        self.pushedBack = pushedBack
        self.next = next
        self.sharedFrom = sharedFrom
    }
}

/// A target that must not be dialled any more: it ends without a result.
public struct Withdrawal: Sendable, Hashable {
    /// Number of the attempt that is not made.
    public let targetID: Int64
    /// Number of the host.
    public let hostID: Int64
    /// The host's name is the reason, so that none of its addresses may be dialled; otherwise its next address is tried,
    /// if there is one.
    public let wholeHost: Bool

    /// Takes the parts as they are.
    public init(targetID: Int64, hostID: Int64, wholeHost: Bool) {
        self.targetID = targetID
        self.hostID = hostID
        self.wholeHost = wholeHost
    }
}

/// A leased lane that its worker has done with. Targets that are neither recorded nor withdrawn stay to be done.
public struct LaneCompletion: Sendable {
    /// The lease that ends.
    public let lease: LaneLease
    /// One for each target that was probed, or judged from a shared look.
    public let records: [ProbeRecord]
    /// One for each target that must not be dialled any more.
    public let withdrawn: [Withdrawal]
    /// What was learnt of addresses, at most one for each.
    public let looks: [LookNote]
    /// The slowdown at which the lease ended. The lane's next one follows from it and from what the records say.
    public let slowdown: Int

    /// Takes the parts as they are; without a slowdown, it ended as it began.
    public init(
        lease: LaneLease, records: [ProbeRecord], withdrawn: [Withdrawal] = [], looks: [LookNote] = [],
        slowdown: Int? = nil
    ) {
        self.lease = lease
        self.records = records
        self.withdrawn = withdrawn
        self.looks = looks
        self.slowdown = slowdown ?? lease.slowdown
    }
}
