import CensusModel

/// How a host ended, as far as the rules about domains need it.
struct FinalState: Sendable {
    let status: HostStatus
    let outcome: Outcome?
    let conclusive: Bool
    let starttls: Bool?

    init(_ truth: HostTruth) {
        status = truth.status
        outcome = truth.outcome
        conclusive = truth.conclusive
        starttls = truth.starttls
    }

    init(_ expected: Expectation) {
        status = expected.status
        outcome = expected.outcome
        conclusive = expected.conclusive
        starttls = expected.starttls
    }
}

/// The rules of the census about domains, written a second time from its documents: if both agree, both read the same.
enum TruthRules {
    private enum HostClass { case trusted, encrypted, plain, unreachable, unseen }

    /// How well a domain is protected by its hosts.
    static func verdict(_ status: DomainStatus, _ hosts: [FinalState]) -> DomainVerdict {
        switch status {
        case .nullMX, .nxdomain, .noMailHost: return .noMail
        case .dnsFailure, .invalidName, .optedOut: return .unresolved
        case .mx, .implicitMX: break
        }
        var (trusted, encrypted, plain, unseen) = (0, 0, 0, 0)
        for host in hosts {
            switch hostClass(host) {
            case .trusted: trusted += 1
            case .encrypted: encrypted += 1
            case .plain: plain += 1
            case .unseen: unseen += 1
            case .unreachable: break
            }
        }
        if trusted + encrypted + plain == 0 { return unseen > 0 ? .unseen : .unreachable }
        if trusted > 0 { return encrypted + plain == 0 ? .secure : .partlySecure }
        if encrypted > 0 { return plain == 0 ? .encrypted : .partlyEncrypted }
        return .plain
    }

    private static func hostClass(_ host: FinalState) -> HostClass {
        guard let outcome = host.outcome else { return host.status == .dnsFailure ? .unseen : .unreachable }
        guard host.conclusive else { return .unseen }
        switch outcome {
        case .trusted: return .trusted
        case .malformedCertificate, .negativeSerial, .selfSigned, .unknownAuthority, .incompleteChain, .badSignature,
            .revoked, .notYetValid, .expired, .wrongPurpose, .constraintViolation, .weakCertificate, .nameMismatch,
            .postTLSFailure:
            return .encrypted
        case .starttlsNotOffered, .starttlsStripped, .starttlsRefused, .handshakeFailed, .ehloRejected, .protocolError,
            .stalled:
            return .plain
        case .refused, .unreachable, .connectTimeout, .reset, .greetingTimeout, .greetingRejected, .notSMTP, .closed:
            return .unreachable
        }
    }

    /// The place of the host that speaks for a domain, given its hosts in order of use: the first that answered SMTP,
    /// else the first; nil when there is none.
    static func primary(_ hosts: [FinalState]) -> Int? {
        hosts.firstIndex { $0.outcome?.answeredSMTP == true } ?? (hosts.isEmpty ? nil : 0)
    }
}
