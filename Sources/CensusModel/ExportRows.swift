import struct Foundation.Date

/// One attempt at one host address, as `mxcensus export probes` writes it.
public struct ProbeRow: Hashable, Sendable {
    public var scan: String
    public var host: String
    public var address: IPAddress
    public var port: UInt16
    public var startedAt: Date
    public var outcome: Outcome
    public var findings: [Finding]
    public var conclusive: Bool
    public var starttls: Bool?
    public var tlsVersion: String?
    public var cipher: String?
    public var verified: Bool?
    public var error: String?
    /// Escaped, as `SMTPReply.summary`.
    public var greeting: String?
    public var ehlo: String?
    public var serial: String?
    public var notBefore: Date?
    public var notAfter: Date?
    public var issuer: String?
    public var subject: String?
    public var names: [String]
    /// SHA-256 of the leaf, lower-case hexadecimal.
    public var fingerprint: String?
    /// Milliseconds by step.
    public var durations: [ProbeStep: Int]
    /// This attempt speaks for its host in the summary.
    public var final: Bool

    public init(
        scan: String, host: String, address: IPAddress, port: UInt16, startedAt: Date, outcome: Outcome,
        findings: [Finding], conclusive: Bool, starttls: Bool?, tlsVersion: String?, cipher: String?, verified: Bool?,
        error: String?, greeting: String?, ehlo: String?, serial: String?, notBefore: Date?, notAfter: Date?,
        issuer: String?, subject: String?, names: [String], fingerprint: String?, durations: [ProbeStep: Int], final: Bool
    ) {
        self.scan = scan
        self.host = host
        self.address = address
        self.port = port
        self.startedAt = startedAt
        self.outcome = outcome
        self.findings = findings
        self.conclusive = conclusive
        self.starttls = starttls
        self.tlsVersion = tlsVersion
        self.cipher = cipher
        self.verified = verified
        self.error = error
        self.greeting = greeting
        self.ehlo = ehlo
        self.serial = serial
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.issuer = issuer
        self.subject = subject
        self.names = names
        self.fingerprint = fingerprint
        self.durations = durations
        self.final = final
    }
}

/// One domain with its mail hosts, as `mxcensus export domains` writes it.
public struct DomainRow: Hashable, Sendable {
    public struct Host: Hashable, Sendable {
        public var host: String
        public var preference: UInt16
        public var addresses: [IPAddress]
        /// The final outcome; nil when the host was never probed (see `status`).
        public var outcome: Outcome?
        public var status: HostStatus

        public init(host: String, preference: UInt16, addresses: [IPAddress], outcome: Outcome?, status: HostStatus) {
            self.host = host
            self.preference = preference
            self.addresses = addresses
            self.outcome = outcome
            self.status = status
        }
    }

    public var scan: String
    public var domain: String
    public var weight: Double
    public var status: DomainStatus
    /// Why DNS failed, when `status` is `.dnsFailure`.
    public var failure: DNSFailure?
    public var mx: [Host]
    /// Nil while the scan has not been rolled up.
    public var verdict: DomainVerdict?

    public init(
        scan: String, domain: String, weight: Double, status: DomainStatus, failure: DNSFailure?, mx: [Host],
        verdict: DomainVerdict?
    ) {
        self.scan = scan
        self.domain = domain
        self.weight = weight
        self.status = status
        self.failure = failure
        self.mx = mx
        self.verdict = verdict
    }
}
