import CensusModel

/// What a perfect scan records of one attempt at one address.
public struct AttemptTruth: Sendable, Hashable {
    /// Where.
    public let address: IPAddress
    /// 1, 2 … at this address.
    public let attempt: Int
    /// First cause, or trusted.
    public let outcome: Outcome
    /// Only with `Outcome.handshakeFailed`.
    public let handshake: HandshakeFailure?
    /// False when the host could not be looked at.
    public let conclusive: Bool
    /// Nil when it cannot be seen.
    public let starttls: Bool?
    /// Nil without a TLS session.
    public let verified: Bool?
    /// In order of declaration.
    public let findings: [Finding]
    /// This attempt speaks for its host. Exactly one of a dialled host does.
    public let final: Bool
}

/// What a perfect scan finds of one MX host.
public struct HostTruth: Sendable, Hashable {
    /// As in the MX record.
    public let host: String
    /// Whether it can be dialled.
    public let status: HostStatus
    /// The addresses that may be dialled, in the order of attempts.
    public let addresses: [IPAddress]
    /// In the order in which they happen; empty when the host is not dialled.
    public let attempts: [AttemptTruth]
    /// Name of the behaviour that the lab plays; nil for a name that is no host of the lab.
    public let behaviour: String?

    /// The attempt that speaks for the host; nil when it is not dialled.
    public var final: AttemptTruth? { attempts.last }
    /// Nil when the host is not dialled.
    public var outcome: Outcome? { final?.outcome }
    /// False when the host could not be looked at.
    public var conclusive: Bool { final?.conclusive ?? (status != .dnsFailure) }
    /// Nil when it cannot be seen.
    public var starttls: Bool? { final?.starttls }
    /// Nil without a TLS session.
    public var verified: Bool? { final?.verified }
    /// In order of declaration.
    public var findings: [Finding] { final?.findings ?? [] }
}

/// What a perfect scan finds of one domain.
public struct DomainTruth: Sendable, Hashable {
    /// As in the list.
    public let domain: String
    /// Mail volume.
    public let weight: Double
    /// What DNS says.
    public let status: DomainStatus
    /// Only with `DomainStatus.dnsFailure`.
    public let failure: DNSFailure?
    /// By preference, then by the host's bytes.
    public let mx: [MXRecord]
    /// In the order of `mx`.
    public let hosts: [HostTruth]
    /// By its hosts.
    public let verdict: DomainVerdict
    /// The place in `mx` of the host that speaks for the domain; nil without hosts.
    public let primary: Int?
}
