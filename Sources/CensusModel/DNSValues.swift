/// Why a DNS question got no usable answer. The three kinds the census keeps apart, and the loop.
public enum DNSFailure: String, CaseIterable, Sendable, Codable {
    /// The server answered SERVFAIL, REFUSED or another error code.
    case servfail
    /// No server answered in time.
    case timeout
    /// DNSSEC validation failed (RFC 4033 §5).
    case bogus
    /// A CNAME chain that loops or is longer than the resolver follows.
    case loop
}

/// DNSSEC status of an answer (RFC 4033 §5).
public enum DNSSECStatus: String, CaseIterable, Sendable, Codable {
    case secure
    /// Provably unsigned, or not validated by this resolver.
    case insecure
    case bogus
    /// No answer to validate.
    case indeterminate
}

/// Where a domain's mail goes.
public enum DomainStatus: String, CaseIterable, Sendable, Codable {
    case mx
    /// No MX but an address: the domain is its own mail host (RFC 5321 §5.1).
    case implicitMX = "implicit_mx"
    /// A single MX of "." : the domain takes no mail (RFC 7505).
    case nullMX = "null_mx"
    /// The name exists, without MX and without address.
    case noMailHost = "no_mail_host"
    case nxdomain
    /// See `DomainResolution.failure` for which kind.
    case dnsFailure = "dns_failure"
    case invalidName = "invalid_name"
    /// Its owner asked to be left alone: not looked up.
    case optedOut = "opted_out"
}

/// One MX record: a host name that is normalised, or the raw text of one that cannot be.
public struct MXRecord: Hashable, Sendable, Comparable {
    /// RFC 5321 §5.1: lower is preferred. 0…65535.
    public let preference: UInt16
    /// The exchange, lower case and without final dot; may be an IP literal or otherwise no valid name (see `HostStatus`).
    public let host: String

    /// A record of these values; `host` must already have the form that the property describes.
    public init(preference: UInt16, host: String) {
        self.preference = preference
        self.host = host
    }

    /// By preference, then by the host's bytes.
    public static func < (left: MXRecord, right: MXRecord) -> Bool {
        left.preference != right.preference
            ? left.preference < right.preference
            : left.host.utf8.lexicographicallyPrecedes(right.host.utf8)
    }
}

/// What DNS says about one mail domain.
public struct DomainResolution: Hashable, Sendable {
    /// Where the domain's mail goes, or why that is not known.
    public let status: DomainStatus
    /// Set when `status` is `.dnsFailure`; nil otherwise.
    public let failure: DNSFailure?
    /// Of the MX answer.
    public let dnssec: DNSSECStatus
    /// The mail hosts in order of use. For `.implicitMX` the domain itself with preference 0; empty for all but the first two.
    public let mx: [MXRecord]

    /// A resolution of these values; with `.dnsFailure` it needs a `failure`.
    public init(
        status: DomainStatus, failure: DNSFailure? = nil, dnssec: DNSSECStatus = .insecure, mx: [MXRecord] = []
    ) {
        self.status = status
        self.failure = failure
        self.dnssec = dnssec
        self.mx = mx
    }
}

/// Whether an MX host can be dialled.
public enum HostStatus: String, CaseIterable, Sendable, Codable {
    /// It has at least one address that may be contacted.
    case ok
    /// The MX names an IP address instead of a host (forbidden by RFC 5321 §5.1).
    case ipLiteral = "ip_literal"
    /// The MX is not a valid host name.
    case invalidName = "invalid_name"
    case noAddress = "no_address"
    case nxdomain
    case dnsFailure = "dns_failure"
    /// Only addresses in special-purpose space: never contacted.
    case forbidden
    /// The owner of its name, or of its addresses, asked to be left alone: not contacted.
    case optedOut = "opted_out"
}

/// What DNS says about one MX host.
public struct HostResolution: Hashable, Sendable {
    /// Whether the host can be dialled, or why not.
    public let status: HostStatus
    /// Set when `status` is `.dnsFailure`; nil otherwise.
    public let failure: DNSFailure?
    /// The weaker of the address answers.
    public let dnssec: DNSSECStatus
    /// All addresses that DNS gave, in the order in which a probe tries them.
    public let addresses: [IPAddress]

    /// A resolution of these values; with `.dnsFailure` it needs a `failure`.
    public init(
        status: HostStatus, failure: DNSFailure? = nil, dnssec: DNSSECStatus = .insecure, addresses: [IPAddress] = []
    ) {
        self.status = status
        self.failure = failure
        self.dnssec = dnssec
        self.addresses = addresses
    }
}
