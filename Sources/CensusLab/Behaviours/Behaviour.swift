import CensusModel

/// One way in which a lab host behaves, and what a careful client must make of it. Immutable; compared by identity.
public final class Behaviour: Sendable, Hashable {
    /// A DNS label, for example `wildcard-too-deep`.
    public let name: String
    /// What the host does.
    public let summary: String
    /// The text that a careful client goes by, for example `RFC 5280 §4.1.2.5`.
    public let reference: String
    /// What a careful client concludes, for people.
    public let advice: String
    /// What a perfect scan records.
    public let expectation: Expectation
    let reach: Reach
    let script: Script

    init(
        _ name: String, _ summary: String, reference: String, advice: String, expect expectation: Expectation,
        reach: Reach = .farm, script: Script = .healthy
    ) {
        self.name = name
        self.summary = summary
        self.reference = reference
        self.advice = advice
        self.expectation = expectation
        self.reach = reach
        self.script = script
    }

    /// The same behaviour.
    public static func == (left: Behaviour, right: Behaviour) -> Bool { left === right }

    /// By identity.
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }

    /// Where the host's address leads.
    enum Reach: Sendable {
        /// To the farm.
        case farm
        /// Into address space whose SYNs are dropped.
        case dropped
        /// To `::1`, where nothing listens.
        case refused
        /// To the broadcast address of 127/8: connecting fails with ENETUNREACH.
        case unreachable
        /// Nowhere: DNS has no usable address.
        case none
    }
}

/// What a perfect scan records of a host, or of one attempt at an address.
public struct Expectation: Hashable, Sendable {
    /// Of the host; anything but `.ok` is never dialled.
    public let status: HostStatus
    /// Nil when the host cannot be dialled.
    public let outcome: Outcome?
    /// Only with `Outcome.handshakeFailed`.
    public let handshake: HandshakeFailure?
    /// False when the host could not be looked at.
    public let conclusive: Bool
    /// Nil when it cannot be seen.
    public let starttls: Bool?
    /// Nil without a TLS session.
    public let verified: Bool?
    /// Without `Finding.wildcard`, which depends on the host (see `HostTruth.findings`).
    public let findings: [Finding]
    /// Without SNI (RFC 6066 §3) the host shows another certificate, or none: a second look finds `sniDependent`.
    public let dependsOnServerName: Bool

    /// A host whose dialogue ends with `outcome` before TLS.
    static func outcome(
        _ outcome: Outcome, conclusive: Bool = true, starttls: Bool? = nil, handshake: HandshakeFailure? = nil,
        findings: [Finding] = []
    ) -> Expectation {
        Expectation(
            status: .ok, outcome: outcome, handshake: handshake, conclusive: conclusive, starttls: starttls,
            verified: nil, findings: findings, dependsOnServerName: false)
    }

    /// A host with a TLS session. `verified` is about path and name alone.
    static func session(
        _ outcome: Outcome, verified: Bool, conclusive: Bool = true, findings: [Finding] = [],
        dependsOnServerName: Bool = false
    ) -> Expectation {
        Expectation(
            status: .ok, outcome: outcome, handshake: nil, conclusive: conclusive, starttls: true, verified: verified,
            findings: findings, dependsOnServerName: dependsOnServerName)
    }

    /// A host that is never dialled. Conclusive unless DNS failed.
    static func notDialled(_ status: HostStatus) -> Expectation {
        Expectation(
            status: status, outcome: nil, handshake: nil, conclusive: status != .dnsFailure, starttls: nil,
            verified: nil, findings: [], dependsOnServerName: false)
    }
}

extension Behaviour {
    /// Every behaviour, in the order in which they are listed. A new one is added to its family's file and list.
    public static let all: [Behaviour] = Array(families.joined())

    private static let families = [
        trustedFamily, nameFamily, keyFamily, stapleFamily, sessionFamily, certificateFamily, chainFamily,
        handshakeFamily, rawHandshakeFamily, starttlsFamily, keywordFamily, refusalFamily, greetingFamily, slowFamily,
        malformedReplyFamily, interruptionFamily, otherProtocolFamily, connectFamily, hostNameFamily,
    ]

    /// The behaviour of that name; nil when there is none.
    public static func named(_ name: some StringProtocol) -> Behaviour? { byName[String(name)] }

    /// The place of each in `all`.
    static let numbers = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1, $0) })

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}
