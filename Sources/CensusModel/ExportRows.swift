import struct Foundation.Date

/// One attempt at one host address, as `mxcensus export probes` writes it.
public struct ProbeRow: Hashable, Sendable {
    /// Name of the scan.
    public var scan: String
    /// The MX host, as in `MXRecord.host`.
    public var host: String
    /// The address of the host that was dialled.
    public var address: IPAddress
    /// The TCP port that was dialled.
    public var port: UInt16
    /// When the attempt began, by the worker's clock.
    public var startedAt: Date
    /// The first cause found, or `.trusted`.
    public var outcome: Outcome
    /// Everything found, as in `ProbeVerdict.findings`.
    public var findings: [Finding]
    /// False when the census could not look, as in `ProbeVerdict.conclusive`.
    public var conclusive: Bool
    /// Whether the host offered STARTTLS; nil when that could not be seen.
    public var starttls: Bool?
    /// As in `TLSParameters.version`; nil without a TLS session.
    public var tlsVersion: String?
    /// As in `TLSParameters.cipher`; nil without a TLS session.
    public var cipher: String?
    /// The certificate was trusted and names the host; nil when there was no handshake.
    public var verified: Bool?
    /// One escaped line about what went wrong; nil when nothing did.
    public var error: String?
    /// Escaped, as `SMTPReply.summary`.
    public var greeting: String?
    /// The EHLO reply in the clear, escaped, as `SMTPReply.summary`; nil when there was none.
    public var ehlo: String?
    /// Of the leaf, as in `CertificateFacts.serial`; nil when no leaf could be read.
    public var serial: String?
    /// When the leaf becomes valid; nil also when the date is unreadable.
    public var notBefore: Date?
    /// When the leaf expires; nil also when the date is unreadable.
    public var notAfter: Date?
    /// Distinguished name of the leaf's issuer, escaped.
    public var issuer: String?
    /// Distinguished name of the leaf's subject, escaped.
    public var subject: String?
    /// dNSName entries of the leaf, as in `CertificateFacts.dnsNames`; empty without a leaf.
    public var names: [String]
    /// SHA-256 of the leaf, lower-case hexadecimal.
    public var fingerprint: String?
    /// Milliseconds by step.
    public var durations: [ProbeStep: Int]
    /// This attempt speaks for its host in the summary.
    public var final: Bool
    /// As `HandshakeFailure.code`; only with `Outcome.handshakeFailed`.
    public var handshakeFailure: String?
    /// As in `ProbeObservation.handshakeStep`.
    public var handshakeStep: HandshakeStep?
    /// As in `TLSParameters.dhBits`.
    public var dhBits: Int?
    /// As in `TLSParameters.signatureDigest`.
    public var signatureDigest: String?
    /// What the host showed without SNI; nil when it was not asked again.
    public var secondLook: SecondLookResult?
    /// The host whose look at the same address this result was judged from; nil: it had a connection of its own.
    public var sharedFrom: String?

    /// A row of these values.
    public init(
        scan: String, host: String, address: IPAddress, port: UInt16, startedAt: Date, outcome: Outcome,
        findings: [Finding], conclusive: Bool, starttls: Bool?, tlsVersion: String?, cipher: String?, verified: Bool?,
        error: String?, greeting: String?, ehlo: String?, serial: String?, notBefore: Date?, notAfter: Date?,
        issuer: String?, subject: String?, names: [String], fingerprint: String?, durations: [ProbeStep: Int],
        final: Bool, handshakeFailure: String? = nil, handshakeStep: HandshakeStep? = nil, dhBits: Int? = nil,
        signatureDigest: String? = nil, secondLook: SecondLookResult? = nil,
        sharedFrom: String? = nil
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
        self.handshakeFailure = handshakeFailure
        self.handshakeStep = handshakeStep
        self.dhBits = dhBits
        self.signatureDigest = signatureDigest
        self.secondLook = secondLook
        self.sharedFrom = sharedFrom
    }
}

/// One domain with its mail hosts, as `mxcensus export domains` writes it.
public struct DomainRow: Hashable, Sendable {
    /// One of the domain's mail hosts.
    public struct Host: Hashable, Sendable {
        /// The MX host, as in `MXRecord.host`.
        public var host: String
        /// RFC 5321 §5.1: lower is preferred. 0 for the implicit MX.
        public var preference: UInt16
        /// All addresses that DNS gave, in the order in which they are tried.
        public var addresses: [IPAddress]
        /// The final outcome; nil when the host was never probed (see `status`).
        public var outcome: Outcome?
        /// Whether the host could be dialled, or why not.
        public var status: HostStatus

        /// A mail host of these values.
        public init(host: String, preference: UInt16, addresses: [IPAddress], outcome: Outcome?, status: HostStatus) {
            self.host = host
            self.preference = preference
            self.addresses = addresses
            self.outcome = outcome
            self.status = status
        }
    }

    /// Name of the scan.
    public var scan: String
    /// The domain, as in `DomainName.text`.
    public var domain: String
    /// Its mail volume in the list; 1 where the list has no weights.
    public var weight: Double
    /// Where its mail goes, or why that is not known.
    public var status: DomainStatus
    /// Why DNS failed, when `status` is `.dnsFailure`.
    public var failure: DNSFailure?
    /// Its mail hosts in order of use, as in `DomainResolution.mx`.
    public var mx: [Host]
    /// Nil while the scan has not been rolled up.
    public var verdict: DomainVerdict?

    /// A row of these values.
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
