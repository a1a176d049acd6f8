/// Deadlines of one probe, in milliseconds.
public struct ProbeTimeouts: Hashable, Sendable, Codable {
    /// For the TCP connection.
    public var connect: Int
    /// For the whole greeting. RFC 5321 §4.5.3.2.1 allows 5 minutes; postscreen waits 6 s or more by design.
    public var greeting: Int
    /// For each later reply.
    public var command: Int
    /// For the TLS handshake.
    public var handshake: Int
    /// For the whole probe, whatever the steps do.
    public var total: Int

    /// Deadlines of these lengths, in milliseconds.
    public init(
        connect: Int = 30_000, greeting: Int = 60_000, command: Int = 30_000, handshake: Int = 30_000,
        total: Int = 120_000
    ) {
        self.connect = connect
        self.greeting = greeting
        self.command = command
        self.handshake = handshake
        self.total = total
    }
}

/// How gently each network (/24 or /48) is treated, fleet-wide.
public struct NetworkLimits: Hashable, Sendable, Codable {
    /// New connections per second.
    public var rate: Double
    /// Connections open at once.
    public var connections: Int

    /// Limits of `rate` new connections per second and `connections` open at once.
    public init(rate: Double = 5, connections: Int = 4) {
        self.rate = rate
        self.connections = connections
    }
}

/// Which address families are used.
public enum AddressFamilies: String, Hashable, Sendable, Codable {
    case both
    case ipv4Only = "ipv4"
    case ipv6Only = "ipv6"
}

/// Everything that decides what a scan finds. Stored with the scan, so that any worker can serve it.
public struct ScanSettings: Hashable, Sendable, Codable {
    /// DNS servers as `HOST:PORT`; empty means those of the worker's system.
    public var dnsServers: [String]
    /// Seconds for one lookup with all its attempts.
    public var dnsTimeout: Double
    /// The TCP port that is dialled at every MX host; 25 outside of tests.
    public var port: UInt16
    /// The name given in EHLO. Should resolve to the scanner's address and tell people who is asking.
    /// Nil means the worker's own host name.
    public var ehloName: String?
    /// Deadlines of each probe.
    public var timeouts: ProbeTimeouts
    /// How gently each network is treated.
    public var limits: NetworkLimits
    /// Which addresses may be contacted at all.
    public var policy: ContactPolicy
    /// Which address families are looked up and dialled.
    public var families: AddressFamilies
    /// How often an inconclusive probe is tried again.
    public var retries: Int
    /// Seconds before the first retry; doubles with each.
    public var retryDelay: Double
    /// Domains in one resolve batch.
    public var resolveBatchSize: Int
    /// Share of the hosts with a TLS session, 0…1, that are asked once more without SNI; nil, as in scans of before: none.
    public var secondLookShare: Double?
    /// Share of the host names at an address with a shared look, more than 0 and at most 1, that are probed all the same, to see
    /// whether the look still holds for them; nil: no looks are shared, every host has a connection of its own.
    public var sharedLookCheck: Double?
    /// Seconds for which a network rests after the worker that held it has vanished; nil means 300. The worker's connections
    /// may still be open, if it was only stopped: hosts wait five minutes at least (RFC 5321 §4.5.3.2.7).
    public var reclaimRest: Double?

    /// Settings of these values; the defaults suit the public Internet.
    public init(
        dnsServers: [String] = [], dnsTimeout: Double = 20, port: UInt16 = 25, ehloName: String? = nil,
        timeouts: ProbeTimeouts = .init(), limits: NetworkLimits = .init(), policy: ContactPolicy = .init(),
        families: AddressFamilies = .both, retries: Int = 2, retryDelay: Double = 300, resolveBatchSize: Int = 1000,
        secondLookShare: Double? = nil, sharedLookCheck: Double? = nil, reclaimRest: Double? = nil
    ) {
        self.dnsServers = dnsServers
        self.dnsTimeout = dnsTimeout
        self.port = port
        self.ehloName = ehloName
        self.timeouts = timeouts
        self.limits = limits
        self.policy = policy
        self.families = families
        self.retries = retries
        self.retryDelay = retryDelay
        self.resolveBatchSize = resolveBatchSize
        self.secondLookShare = secondLookShare
        self.sharedLookCheck = sharedLookCheck
        self.reclaimRest = reclaimRest
    }
}
