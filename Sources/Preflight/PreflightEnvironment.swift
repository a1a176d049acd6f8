import CensusModel
import NIOCore
import NIOPosix

import struct Foundation.Date

/// What DNS says of a name.
public enum DNSCheckAnswer: Hashable, Sendable {
    /// The addresses of the name; empty when it exists without any.
    case addresses([IPAddress])
    /// In a few words, escaped, for example `no answer in time`.
    case failed(String)
}

/// DNS servers that were named, each in words such as `127.0.0.1:5353 answers in 2 ms`.
public struct NameServerFacts: Hashable, Sendable {
    /// Servers that answer questions.
    public var answering: [String]
    /// Servers that do not, with the reason.
    public var failing: [String]

    /// Facts about servers, in the order in which they were named.
    public init(answering: [String], failing: [String]) {
        self.answering = answering
        self.failing = failing
    }
}

/// The trust store that a scan would use.
public enum TrustStoreFacts: Hashable, Sendable {
    case loaded(roots: Int, from: String)
    case failed(String)
}

/// The PostgreSQL that a scan would use.
public enum PostgresFacts: Hashable, Sendable {
    /// Server binaries for the embedded server.
    case found(version: String, directory: String)
    /// No binaries, or not fit; in words.
    case missing(String)
    /// A server of the user's own is used, named without its password.
    case external(String)
}

/// Limits on open files of this process.
public struct DescriptorLimit: Hashable, Sendable {
    /// In force now.
    public var soft: UInt64
    /// What `soft` may be raised to without privilege.
    public var hard: UInt64

    /// Limits in numbers of files.
    public init(soft: UInt64, hard: UInt64) {
        self.soft = soft
        self.hard = hard
    }
}

/// The machine's clock.
public struct ClockReading: Hashable, Sendable {
    /// The time it shows.
    public var now: Date
    /// What the kernel says of its discipline by NTP (`ntp_adjtime`, flag STA_UNSYNC); nil when it does not say.
    public var synchronised: Bool?
    /// The kernel's bound on the error in microseconds; nil when unknown.
    public var maximumErrorMicroseconds: Int?

    /// A reading.
    public init(now: Date, synchronised: Bool?, maximumErrorMicroseconds: Int?) {
        self.now = now
        self.synchronised = synchronised
        self.maximumErrorMicroseconds = maximumErrorMicroseconds
    }
}

/// Everything the checks need to know, each part replaceable.
public struct PreflightEnvironment: Sendable {
    /// Addresses of a host name.
    public var lookUp: @Sendable (String) async -> DNSCheckAnswer
    /// Host names of an address (PTR); empty when it has none or DNS failed.
    public var reverse: @Sendable (IPAddress) async -> [String]
    /// Facts about DNS servers that were named; nil when the system's are used. Named servers need not know the Internet.
    public var nameServers: (@Sendable () async -> NameServerFacts)?
    /// MX hosts that are known to answer, of operators independent of each other. Each gets at most one connection a family.
    /// Empty leaves the port checks out.
    public var mailHosts: [String]
    /// The SMTP port of the scan.
    public var port: UInt16
    /// No address outside it is dialled.
    public var policy: ContactPolicy
    /// Opens a connection, waits for the greeting, says QUIT, closes; all within its deadline.
    public var dial: @Sendable (IPAddress, UInt16) async -> DialResult
    /// Probes in flight at once.
    public var concurrency: Int
    /// The name that probes give in EHLO.
    public var ehloName: String
    /// Loads the trust store of the scan.
    public var trustStore: @Sendable () -> TrustStoreFacts
    /// Nil leaves the check out.
    public var postgres: (@Sendable () async -> PostgresFacts)?
    /// Reads this process's limit.
    public var descriptorLimit: @Sendable () -> DescriptorLimit
    /// Reads the clock and its discipline.
    public var clock: @Sendable () -> ClockReading
    /// The address this machine would use towards the IPv6 Internet; nil without a route.
    public var routeV6: @Sendable () -> IPAddress?

    /// Hosts of six operators in different networks, some with IPv6.
    public static let wellKnownMailHosts = [
        "gmail-smtp-in.l.google.com", "mx01.mail.icloud.com", "mx-aol.mail.gm0.yahoodns.net", "mx00.gmx.net",
        "mx1.freebsd.org", "mailly.debian.org",
    ]

    /// An environment whose readings are those of this machine; what other modules know is given.
    /// - Parameter eventLoopGroup: Dials run on it. It must outlive the checks.
    public init(
        eventLoopGroup: any EventLoopGroup, concurrency: Int, ehloName: String, port: UInt16 = 25,
        mailHosts: [String] = wellKnownMailHosts, policy: ContactPolicy = .init(),
        lookUp: @escaping @Sendable (String) async -> DNSCheckAnswer,
        reverse: @escaping @Sendable (IPAddress) async -> [String],
        trustStore: @escaping @Sendable () -> TrustStoreFacts,
        postgres: (@Sendable () async -> PostgresFacts)? = nil,
        nameServers: (@Sendable () async -> NameServerFacts)? = nil
    ) {
        self.nameServers = nameServers
        self.lookUp = lookUp
        self.reverse = reverse
        self.mailHosts = mailHosts
        self.port = port
        self.policy = policy
        self.concurrency = concurrency
        self.ehloName = ehloName
        self.trustStore = trustStore
        self.postgres = postgres
        let dialer = Dialer(group: eventLoopGroup, deadline: .seconds(5))
        dial = { await dialer.dial($0, port: $1) }
        descriptorLimit = SystemReadings.descriptorLimit
        clock = SystemReadings.clock
        routeV6 = SystemReadings.sourceTowardsIPv6
    }
}
