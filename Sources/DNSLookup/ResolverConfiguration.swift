/// How a resolver asks.
public struct ResolverConfiguration: Sendable {
    /// `HOST:PORT`, `[IPv6]:PORT`, `HOST` or an IPv6 address (port 53). Empty: the nameservers of `/etc/resolv.conf`.
    public var servers: [String]
    /// The whole time for one lookup with all its attempts, counted from when it leaves the queue.
    public var timeout: Duration
    /// How often a lookup is tried that fails with SERVFAIL or silence. At least 1.
    public var attempts: Int
    /// Before the second attempt; doubles with each.
    public var retryDelay: Duration
    /// Lookups under way at once; further ones wait in a queue.
    public var maxInFlight: Int
    /// Whether answers are validated by the trust anchor (RFC 4033 §5). When the servers cannot deliver DNSSEC records
    /// for the anchor itself, validation is switched off instead of failing every name; see `ResolverHealth.validation`.
    public var validateDNSSEC: Bool
    /// DNSKEY or DS records in zone file form. Nil means Debian's root anchor (package dns-root-data), and no validation
    /// when that is not installed.
    public var trustAnchorFile: String?
    /// Address answers that are remembered; 0 remembers nothing.
    public var cacheSize: Int

    /// The defaults suit a scan of the Internet through the system's nameservers.
    public init(
        servers: [String] = [], timeout: Duration = .seconds(20), attempts: Int = 3,
        retryDelay: Duration = .seconds(1), maxInFlight: Int = 2000, validateDNSSEC: Bool = true,
        trustAnchorFile: String? = nil, cacheSize: Int = 200_000
    ) {
        self.servers = servers
        self.timeout = timeout
        self.attempts = max(1, attempts)
        self.retryDelay = retryDelay
        self.maxInFlight = max(1, maxInFlight)
        self.validateDNSSEC = validateDNSSEC
        self.trustAnchorFile = trustAnchorFile
        self.cacheSize = max(0, cacheSize)
    }
}

/// Why a resolver could not be made.
public struct ResolverError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, where, and what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}
