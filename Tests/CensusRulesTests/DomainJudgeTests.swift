import CensusModel
import CensusRules
import Testing

@Suite("The verdict of a domain")
struct DomainJudgeTests {
    private typealias Host = DomainJudge.Host

    private static let trusted = Host(status: .ok, outcome: .trusted, conclusive: true)
    private static let encrypted = Host(status: .ok, outcome: .expired, conclusive: true)
    private static let plain = Host(status: .ok, outcome: .starttlsNotOffered, conclusive: true)
    private static let unreachable = Host(status: .ok, outcome: .refused, conclusive: true)
    private static let unseen = Host(status: .ok, outcome: .connectTimeout, conclusive: false)

    @Test(
        "is decided by the status where there is no mail host",
        arguments: [
            (DomainStatus.nullMX, DomainVerdict.noMail), (.nxdomain, .noMail), (.noMailHost, .noMail),
            (.dnsFailure, .unresolved), (.invalidName, .unresolved), (.optedOut, .unresolved),
            (.mx, .unreachable), (.implicitMX, .unreachable),
        ])
    func statuses(status: DomainStatus, verdict: DomainVerdict) {
        #expect(DomainJudge.verdict(status: status, hosts: []) == verdict)
    }

    @Test("is that of its seen hosts, and of the others only when there are none")
    func mixtures() {
        let cases: [([Host], DomainVerdict)] = [
            ([Self.trusted], .secure), ([Self.trusted, Self.trusted], .secure),
            ([Self.trusted, Self.unreachable, Self.unseen], .secure),
            ([Self.trusted, Self.encrypted], .partlySecure), ([Self.plain, Self.trusted], .partlySecure),
            ([Self.encrypted], .encrypted), ([Self.encrypted, Self.unseen], .encrypted),
            ([Self.encrypted, Self.plain], .partlyEncrypted), ([Self.plain], .plain),
            ([Self.plain, Self.unreachable], .plain), ([Self.unreachable], .unreachable),
            ([Self.unreachable, Self.unseen], .unseen), ([Self.unseen], .unseen),
        ]
        for (hosts, verdict) in cases { #expect(DomainJudge.verdict(status: .mx, hosts: hosts) == verdict) }
    }

    /// The table of docs/outcomes.md.
    @Test("classes every outcome", arguments: Outcome.allCases)
    func classes(outcome: Outcome) {
        let expected: DomainJudge.HostClass =
            switch outcome {
            case .trusted: .trusted
            case .malformedCertificate, .negativeSerial, .selfSigned, .unknownAuthority, .incompleteChain,
                .badSignature,
                .revoked, .notYetValid, .expired, .wrongPurpose, .constraintViolation, .weakCertificate, .nameMismatch,
                .postTLSFailure:
                .encrypted
            case .starttlsNotOffered, .starttlsStripped, .starttlsRefused, .handshakeFailed, .ehloRejected,
                .protocolError, .stalled:
                .plain
            case .refused, .unreachable, .connectTimeout, .reset, .greetingTimeout, .greetingRejected, .notSMTP,
                .closed:
                .unreachable
            }
        #expect(DomainJudge.HostClass(outcome, conclusive: true) == expected)
        #expect(DomainJudge.HostClass(outcome, conclusive: false) == .unseen)
    }

    @Test("classes hosts that cannot be dialled")
    func statuses() {
        for status in HostStatus.allCases {
            // Who asked to be left alone was not seen: nothing is said about him.
            let unseen = [.ok, .dnsFailure, .optedOut].contains(status)
            let expected: DomainJudge.HostClass = unseen ? .unseen : .unreachable
            #expect(Host(status: status).hostClass == expected)
        }
    }
}
