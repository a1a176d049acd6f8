/// The proportions of a lab Internet at 1:1.
public struct LabProfile: Sendable {
    /// As `mxcensus lab --profile` takes it.
    public let name: String
    /// One line for people.
    public let summary: String
    /// Recipient domains at 1:1.
    public let domains: Int
    /// Unique MX hosts at 1:1, implicit ones included.
    public let hosts: Int
    let hostShares: ShareTree<Behaviour>
    /// Behaviours of the hosts that domains without MX are themselves; part of `hostShares`.
    let implicitShares: ShareTree<Behaviour>
    let domainShares: ShareTree<DomainKind>
    /// Nil where every host has an address of its own.
    var sharedAddresses: SharedAddresses?

    /// How the hosts of a profile share addresses; decides their behaviours in the place of `hostShares`.
    struct SharedAddresses: Sendable {
        let namesPerAddress: Int
        /// Of the addresses.
        let kinds: ShareTree<SharedAddressPlan.Kind>
    }

    /// Milliseconds that slow hosts wait before they greet, each its own time.
    var slowGreeting = 2000...3000
    /// The other waits of its hosts.
    var waits = LabWaits()
    /// How long its hosts take to answer; nil where they answer at once.
    var latency: LabLatency?
    /// The deadlines that a scan of it should have.
    public internal(set) var deadlines = LabDeadlines()

    /// All profiles, the default first.
    public static let all: [LabProfile] = [.sendgrid2014, .realistic, .hostile, .sharedAddresses]

    /// The profile of that name; nil when there is none.
    public static func named(_ name: String) -> LabProfile? { all.first { $0.name == name } }
}

extension LabProfile {
    /// What a large sender found in May 2014. Its failure table adds up to 1,893 fewer than its total: those are spread
    /// here over causes that it did not list. Every group is rounded by itself, so the study's totals hold at any scale.
    public static let sendgrid2014 = LabProfile(
        name: "sendgrid-2014", summary: "SendGrid's study of 8,000,000 recipient domains, May 2014",
        domains: 8_000_000, hosts: 3_435_453,
        hostShares: .group([
            claimingSTARTTLS(trusted: [
                .leaf(.trusted, weight: 1_850_580), .leaf(.trustedTLS12, weight: 500_000),
                .leaf(.expiresSoon, weight: 30_000), .leaf(.trustedSlow, weight: 10_000),
            ]),
            notClaimingSTARTTLS(timingOut: [.leaf(.dropped, weight: 12_000), .leaf(.silent, weight: 4_000)]),
        ]),
        implicitShares: .group([
            .leaf(.plain, weight: 84_000), .leaf(.trusted, weight: 24_000), .leaf(.nameMismatch, weight: 7_200),
            .leaf(.selfSigned, weight: 4_800),
        ]),
        domainShares: recipientDomains)

    /// 8,000,000 domains.
    private static let recipientDomains: ShareTree<DomainKind> = .group([
        .group([.leaf(.mx, weight: 7_430_000), .leaf(.aliased, weight: 8_000), .leaf(.manyMX, weight: 2_000)]),
        .leaf(.implicit, weight: 120_000), .leaf(.nullMX, weight: 40_000), .leaf(.noMailHost, weight: 120_000),
        .leaf(.nxdomain, weight: 240_000), .leaf(.servfail, weight: 39_000), .leaf(.timeout, weight: 1_000),
    ])

    /// 2,614,380 hosts.
    private static func claimingSTARTTLS(trusted: [ShareTree<Behaviour>]) -> ShareTree<Behaviour> {
        .group([.group(trusted), .group([studyFailures, unexplained])])
    }

    /// 221,907 hosts: the printed rows of the study.
    private static let studyFailures: ShareTree<Behaviour> = .group([
        // 145,951 name mismatches.
        .group([.leaf(.nameMismatch, weight: 97_301), .leaf(.wildcardTooDeep, weight: 48_650)]),
        // 50,293 unknown authorities.
        .group([
            .leaf(.unknownAuthority, weight: 20_000), .leaf(.selfSigned, weight: 22_293),
            .leaf(.missingIntermediate, weight: 8_000),
        ]),
        // 19,755 expired.
        .group([.leaf(.expired, weight: 18_755), .leaf(.notYetValid, weight: 1_000)]),
        // 4,628 connection problems.
        .group([
            .leaf(.starttlsRefused, weight: 2_628), .leaf(.handshakeAlert, weight: 800),
            .leaf(.handshakeNotTLS, weight: 700), .leaf(.handshakeInternalError, weight: 500),
        ]),
        .leaf(.negativeSerial, weight: 1_280),
    ])

    /// 1,893 hosts: in the study's total and in none of its rows.
    private static let unexplained: ShareTree<Behaviour> = .group([
        .leaf(.postTLSClosed, weight: 600), .leaf(.postTLSRejected, weight: 293), .leaf(.wrongPurpose, weight: 400),
        .leaf(.badSignature, weight: 300), .leaf(.unknownCriticalExtension, weight: 300),
    ])

    /// 805,073 hosts, and those that time out.
    private static func notClaimingSTARTTLS(timingOut: [ShareTree<Behaviour>]) -> ShareTree<Behaviour> {
        .group(otherHostsWithoutSTARTTLS + timingOut)
    }

    private static let otherHostsWithoutSTARTTLS: [ShareTree<Behaviour>] = [
        .leaf(.plain, weight: 728_533), .leaf(.plainSlow, weight: 4_000), .leaf(.masked, weight: 8_000),
        .leaf(.heloOnly, weight: 5_000), .leaf(.refused, weight: 1_700), .leaf(.unreachable, weight: 340),
        .leaf(.reset, weight: 3_000), .leaf(.closed, weight: 3_000), .leaf(.tooManyConnections, weight: 9_000),
        .leaf(.blocklisted, weight: 6_000),
        .leaf(.noSMTPService, weight: 4_000), .leaf(.http, weight: 2_000), .leaf(.ehloRejected, weight: 1_000),
        .leaf(.protocolError, weight: 500), .leaf(.ehloSilent, weight: 500), .leaf(.ehloClosed, weight: 1_000),
        .leaf(.hostNXDOMAIN, weight: 12_000), .leaf(.hostNoAddress, weight: 5_000), .leaf(.hostServfail, weight: 2_000),
        .leaf(.hostForbidden, weight: 5_000), .leaf(.hostIPLiteral, weight: 3_000),
        .leaf(.hostInvalidName, weight: 500),
    ]

    /// The study's hosts as a scanner over the Internet meets them: answers take their time, some servers keep every
    /// client waiting before they greet, and besides the hosts that the study counted so many time out that they are 5 % of all.
    public static let realistic = LabProfile(
        name: "realistic", summary: "as sendgrid-2014, with latency, greet delays, and 5 % of hosts that time out",
        domains: 8_000_000, hosts: 3_599_424,
        hostShares: .group([
            claimingSTARTTLS(trusted: [
                // With the other slow ones, 143,977 that greet after 6 s: 4 % of all. One in two hundred takes 20 s.
                .leaf(.trusted, weight: 1_702_606), .leaf(.trustedTLS12, weight: 500_000),
                .leaf(.expiresSoon, weight: 30_000), .leaf(.trustedSlow, weight: 10_000),
                .leaf(.postscreen, weight: 129_977), .leaf(.greetingVerySlow, weight: 17_997),
            ]),
            // Firewalls that drop are commoner than servers that accept and say nothing.
            notClaimingSTARTTLS(timingOut: [.leaf(.dropped, weight: 161_974), .leaf(.silent, weight: 17_997)]),
        ]),
        implicitShares: sendgrid2014.implicitShares, domainShares: recipientDomains, slowGreeting: 6000...6000,
        waits: LabWaits(verySlow: 20_000), latency: LabLatency(median: 150, spread: 0.7, most: 3000),
        deadlines: LabDeadlines(connect: 5, greeting: 30, total: 60))
}

/// Deadlines of a scan in seconds, above the waits of the hosts of a profile, and otherwise short.
public struct LabDeadlines: Hashable, Sendable, Codable {
    /// For the connection.
    public var connect = 4
    /// For the whole greeting.
    public var greeting = 12
    /// For each later step.
    public var step = 12
    /// For a whole probe.
    public var total = 40
}

extension LabProfile {
    /// Every behaviour of the lab in equal shares, at any scale: for a scan that meets them all.
    public static let hostile = LabProfile(
        name: "hostile", summary: "every behaviour of the lab in equal shares",
        domains: 8_000_000, hosts: 3_400_000,
        hostShares: .group(Behaviour.all.map { .leaf($0, weight: 1) }),
        implicitShares: .group([
            .leaf(.trusted, weight: 1), .leaf(.plain, weight: 1), .leaf(.nameMismatch, weight: 1),
            .leaf(.selfSigned, weight: 1),
        ]),
        domainShares: .group([
            .group([
                .leaf(.mx, weight: 7_200_000), .leaf(.aliased, weight: 200_000), .leaf(.manyMX, weight: 200_000),
            ]),
            .leaf(.implicit, weight: 40_000), .leaf(.nullMX, weight: 100_000), .leaf(.noMailHost, weight: 100_000),
            .leaf(.nxdomain, weight: 100_000), .leaf(.servfail, weight: 50_000), .leaf(.timeout, weight: 10_000),
        ]))
}

extension LabProfile {
    /// Hosters whose customers' names lead to few addresses: at some of these the certificate depends on the name that the
    /// client asks for.
    public static let sharedAddresses = LabProfile(
        name: "shared-addresses",
        summary: "40 host names at each address; at 30 % of these the certificate depends on SNI",
        domains: 800_000, hosts: 400_000,
        hostShares: .leaf(.trusted, weight: 1), implicitShares: .leaf(.trusted, weight: 1),
        domainShares: .group([
            .leaf(.mx, weight: 760_000), .leaf(.nullMX, weight: 10_000), .leaf(.noMailHost, weight: 10_000),
            .leaf(.nxdomain, weight: 20_000),
        ]),
        sharedAddresses: SharedAddresses(
            namesPerAddress: 40,
            kinds: .group([
                .leaf(.byName, weight: 20), .leaf(.someByName, weight: 10), .leaf(.oneCertificate, weight: 50),
                .leaf(.plain, weight: 20),
            ])))
}
