/// What a lab is to be.
public struct LabConfiguration: Sendable {
    /// The proportions.
    public var profile: LabProfile
    /// N of 1:N.
    public var scale: Int
    /// Another seed is another Internet of the same proportions.
    public var seed: UInt64
    /// Where the DNS server listens; must be in 127.0.0.0/8.
    public var dnsAddress: String
    /// 0 takes any free port; read it from the `Lab` after `start()`.
    public var dnsPort: Int
    /// The farm listens on this port of every address of 127.0.0.0/8. 0 takes any free port.
    public var smtpPort: Int
    /// Event loops, shared by DNS server and farm.
    public var threads: Int
    /// Milliseconds that slow hosts wait before they greet: each has its own time in this range.
    public var slowGreeting: ClosedRange<Int>
    /// The other waits of the lab's hosts. They must be shorter than the scanner's deadlines.
    public var waits: LabWaits
    /// How long hosts take to answer; nil when they answer at once.
    public var latency: LabLatency?
    /// Hosts in one /24 of the pool, at least: raised where they would not fit otherwise.
    public var hostsPerNetwork: Int
    /// TLS contexts kept at once, each with its certificate.
    public var contextCacheSize: Int
    /// File to which every connection is written (see `ConnectionLog`); nil for none.
    public var connectionLog: String?
    /// Connections after which the log takes no more lines.
    public var connectionLogLimit: Int
    /// Milliseconds after which a host gives up a client that sends nothing (RFC 5321 §4.5.3.2.7); nil for never.
    public var idleTimeout: Int?

    /// Everything has a default that suits tests; waits and latency are the profile's, unless given.
    public init(
        profile: LabProfile = .sendgrid2014, scale: Int = 1000, seed: UInt64 = 1, dnsAddress: String = "127.0.0.1",
        dnsPort: Int = 0, smtpPort: Int = 0, threads: Int = 1, slowGreeting: ClosedRange<Int>? = nil,
        waits: LabWaits? = nil,
        hostsPerNetwork: Int = 16, contextCacheSize: Int = 1024, connectionLog: String? = nil,
        connectionLogLimit: Int = 10_000_000, idleTimeout: Int? = nil
    ) {
        self.profile = profile
        self.scale = scale
        self.seed = seed
        self.dnsAddress = dnsAddress
        self.dnsPort = dnsPort
        self.smtpPort = smtpPort
        self.threads = threads
        self.slowGreeting = slowGreeting ?? profile.slowGreeting
        self.waits = waits ?? profile.waits
        latency = profile.latency
        self.hostsPerNetwork = hostsPerNetwork
        self.contextCacheSize = contextCacheSize
        self.connectionLog = connectionLog
        self.connectionLogLimit = connectionLogLimit
        self.idleTimeout = idleTimeout
    }
}

/// How long hosts wait that are slow in other ways than with their greeting, in milliseconds.
public struct LabWaits: Hashable, Sendable {
    /// Before a very slow greeting. Real servers that check the client first take 6 s and more.
    public var verySlow: Int
    /// Between the portions of a reply.
    public var portion: Int
    /// Between the bytes of a reply that comes one byte after the other.
    public var byte: Int

    /// The defaults suit a scan whose deadline for the greeting is 10 s or more.
    public init(verySlow: Int = 6000, portion: Int = 500, byte: Int = 1000) {
        self.verySlow = verySlow
        self.portion = portion
        self.byte = byte
    }
}

extension LabConfiguration {
    /// Makes every wait that comes to an end shorter (below 1) or longer (above 1).
    public mutating func scaleWaits(by factor: Double) {
        let scale = { (milliseconds: Int) in max(1, Int((Double(milliseconds) * factor).rounded())) }
        slowGreeting = scale(slowGreeting.lowerBound)...scale(slowGreeting.upperBound)
        waits = LabWaits(
            verySlow: scale(waits.verySlow), portion: scale(waits.portion), byte: scale(waits.byte))
        latency?.median *= factor
        latency?.most *= factor
    }
}

/// What keeps a lab from starting, in words for people.
public enum LabError: Error, CustomStringConvertible {
    /// The configuration contradicts itself.
    case configuration(String)
    /// A port is taken, or may not be bound.
    case listen(String)
    /// A file could not be written.
    case file(String)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .configuration(let text): "lab configuration: \(text)"
        case .listen(let text): text
        case .file(let text): text
        }
    }
}
