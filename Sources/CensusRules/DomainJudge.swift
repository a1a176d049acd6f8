import CensusModel

/// Turns the final outcomes of a domain's mail hosts into the verdict of the domain. The same rule is written in SQL
/// for the roll-up of a scan.
public enum DomainJudge {
    /// What the verdict needs to know of one mail host.
    public struct Host: Hashable, Sendable {
        /// Whether it could be dialled.
        public let status: HostStatus
        /// Of the final attempt; nil when the host was never probed.
        public let outcome: Outcome?
        /// Of the same attempt; without meaning when `outcome` is nil.
        public let conclusive: Bool

        /// A host with `status`, and the outcome of its final attempt if there was one.
        public init(status: HostStatus, outcome: Outcome? = nil, conclusive: Bool = false) {
            self.status = status
            self.outcome = outcome
            self.conclusive = conclusive
        }

        /// How this host protects mail.
        public var hostClass: HostClass {
            switch status {
            case .dnsFailure, .optedOut: .unseen
            case .ipLiteral, .invalidName, .noAddress, .nxdomain, .forbidden: .unreachable
            // A host that can be dialled and was not was not seen.
            case .ok: outcome.map { HostClass($0, conclusive: conclusive) } ?? .unseen
            }
        }
    }

    /// How a mail host protects mail, as far as it was seen.
    public enum HostClass: Hashable, Sendable {
        case trusted
        /// A TLS session stands, with a certificate that proves nothing, or breaks down afterwards.
        case encrypted
        /// A mail server that was seen without a TLS session.
        case plain
        /// No mail server there, and that is certain.
        case unreachable
        case unseen

        /// The class of an attempt with `outcome`.
        public init(_ outcome: Outcome, conclusive: Bool) {
            guard conclusive else {
                self = .unseen
                return
            }
            switch outcome.stage {
            case .trusted: self = .trusted
            case .certificate, .session: self = .encrypted
            case .starttls, .handshake: self = .plain
            case .connect: self = .unreachable
            case .greeting:
                switch outcome {
                case .ehloRejected, .protocolError, .stalled: self = .plain
                default: self = .unreachable
                }
            }
        }
    }

    /// The verdict of a domain with `status` over all its mail hosts. Hosts that are unreachable or unseen count only
    /// when there is no other.
    public static func verdict(status: DomainStatus, hosts: [Host]) -> DomainVerdict {
        switch status {
        case .nullMX, .nxdomain, .noMailHost: return .noMail
        case .dnsFailure, .invalidName, .optedOut: return .unresolved
        case .mx, .implicitMX: break
        }
        let classes = hosts.map(\.hostClass)
        let seen = classes.filter { $0 != .unreachable && $0 != .unseen }
        guard !seen.isEmpty else { return classes.contains(.unseen) ? .unseen : .unreachable }
        if seen.contains(.trusted) { return seen.allSatisfy { $0 == .trusted } ? .secure : .partlySecure }
        guard seen.contains(.encrypted) else { return .plain }
        return seen.allSatisfy { $0 == .encrypted } ? .encrypted : .partlyEncrypted
    }
}
