import CensusModel

/// Everything that a perfect scan of the lab must find, from the formula alone: no DNS, no connection. A value.
public struct LabTruth: Sendable {
    let world: LabWorld
    let configuration: LabConfiguration
    /// How often the scanner tries again after an inconclusive attempt.
    private let retries: Int
    private let families: AddressFamilies
    private let policy: ContactPolicy
    /// Whether every session is followed by a look without SNI.
    private let secondLook: Bool

    /// `retries`, `families`, `policy` and `secondLook` (at all hosts with a session) are the scanner's settings.
    /// Throws `LabError.configuration`.
    public init(
        configuration: LabConfiguration, retries: Int = 2, families: AddressFamilies = .both,
        policy: ContactPolicy = ContactPolicy(allowed: Lab.networks), secondLook: Bool = false
    ) throws {
        self.configuration = configuration
        world = try LabWorld(configuration)
        self.retries = retries
        self.families = families
        self.policy = policy
        self.secondLook = secondLook
    }

    /// Exact numbers of MX hosts by behaviour over the whole list, in the order of the profile. Costs nothing.
    public var hostTotals: [(behaviour: Behaviour, hosts: Int)] { world.behaviours.totals.map { ($0.item, $0.count) } }

    /// Unique MX hosts of the whole list.
    public var hostCount: Int { world.hostCount }

    /// Domains in the list.
    public var domainCount: Int { world.domains.count }

    /// Exact numbers of domains by status over the whole list, in the order of `DomainStatus`. Costs nothing.
    public var statusTotals: [(status: DomainStatus, domains: Int)] {
        let counts = configuration.profile.domainShares.counts(of: domainCount)
        return DomainStatus.allCases.map { status in
            (status, counts.filter { $0.item.status == status }.reduce(0) { $0 + $1.count })
        }
    }

    // MARK: Rows

    /// Every MX host of the whole list once, in no promised order.
    public func forEachHost(_ body: (HostTruth) throws -> Void) rethrows {
        for index in 0..<world.providers.hosts { try body(truth(of: .pool(index))) }
        for rank in 0..<world.implicitCount { try body(truth(of: .implicit(rank))) }
    }

    /// Every domain of the list, in its order.
    public func forEachDomain(_ body: (DomainTruth) throws -> Void) rethrows {
        for index in 0..<world.domains.count {
            try body(domain(world.domains.name(index), weight: world.domains.weight(index)))
        }
    }

    /// Every MX host of any list of normalised names once. Remembers the hosts it has seen.
    public func forEachHost(of names: some Sequence<String>, _ body: (HostTruth) throws -> Void) rethrows {
        var seen: Set<LabWorld.Host> = []
        for name in names {
            for (_, host) in mail(of: name).records where seen.insert(host).inserted { try body(truth(of: host)) }
        }
    }

    /// What a scan finds of an MX host of that name (lower case, no final dot).
    public func host(_ name: String) -> HostTruth {
        switch world.identify(name) {
        case .host(let host): truth(of: host)
        case .domain(_, _, let itself?): truth(of: itself)
        case .domain(let kind, _, nil): notDialled(name, kind.hostStatus)
        case .test: notDialled(name, .noAddress)
        case .nothing: notDialled(name, .nxdomain)
        }
    }

    /// What a scan finds of a domain of the whole list; nil when no domain of the list has that name.
    public func listedDomain(_ name: String) -> DomainTruth? {
        world.domains.index(named: name[...]).map { domain(name, weight: world.domains.weight($0)) }
    }

    /// What a scan finds of a domain of that name (lower case, no final dot), in the list or not.
    public func domain(_ name: String, weight: Double = 1) -> DomainTruth {
        let mail = mail(of: name)
        let named = mail.records.map {
            (record: MXRecord(preference: $0.preference, host: world.name($0.host)), host: $0.host)
        }
        let sorted = named.sorted { $0.record < $1.record }
        let hosts = sorted.map { truth(of: $0.host) }
        return DomainTruth(
            domain: name, weight: weight, status: mail.status, failure: mail.failure, mx: sorted.map(\.record),
            hosts: hosts, verdict: TruthRules.verdict(mail.status, hosts.map(FinalState.init)),
            primary: TruthRules.primary(hosts.map(FinalState.init)))
    }

    // MARK: Mail of a name

    struct Mail {
        let status: DomainStatus
        var failure: DNSFailure?
        var records: [(preference: UInt16, host: LabWorld.Host)] = []
    }

    /// Where the mail of any name goes, in no particular order.
    func mail(of name: String) -> Mail {
        switch world.identify(name) {
        case .nothing: Mail(status: .nxdomain)
        case .test(let number): Mail(status: .mx, records: [(10, .test(number))])
        case .host(let host): mail(ofHostAsDomain: host)
        case .domain(let kind, let edges, let itself): mail(kind, edges, itself)
        }
    }

    func mail(_ kind: DomainKind, _ edges: [DomainPlan.Edge], _ itself: LabWorld.Host?) -> Mail {
        let records =
            itself.map { [(preference: UInt16(0), host: $0)] }
            ?? edges.map { (preference: $0.preference, host: LabWorld.Host.pool($0.host)) }
        return Mail(status: kind.status, failure: kind.failure, records: records)
    }

    /// An MX host that is itself listed as a domain has no MX records.
    private func mail(ofHostAsDomain host: LabWorld.Host) -> Mail {
        switch world.behaviour(host) {
        case .hostNXDOMAIN, .hostIPLiteral, .hostInvalidName: Mail(status: .nxdomain)
        case .hostNoAddress: Mail(status: .noMailHost)
        case .hostServfail: Mail(status: .dnsFailure, failure: .servfail)
        default: Mail(status: .implicitMX, records: [(0, host)])
        }
    }

    // MARK: Hosts

    private func notDialled(_ name: String, _ status: HostStatus, _ behaviour: Behaviour? = nil) -> HostTruth {
        HostTruth(host: name, status: status, addresses: [], attempts: [], behaviour: behaviour?.name)
    }

    func truth(of host: LabWorld.Host) -> HostTruth {
        let behaviour = world.behaviour(host)
        let name = world.name(host)
        guard behaviour.expectation.status == .ok else {
            return notDialled(name, behaviour.expectation.status, behaviour)
        }
        let asked = world.addresses(of: host).filter {
            switch families {
            case .both: true
            case .ipv4Only: !$0.isV6
            case .ipv6Only: $0.isV6
            }
        }
        let permitted = asked.filter(policy.permits)
        guard !permitted.isEmpty else { return notDialled(name, asked.isEmpty ? .noAddress : .forbidden, behaviour) }
        return HostTruth(
            host: name, status: .ok, addresses: permitted, attempts: attempts(at: permitted, host),
            behaviour: behaviour.name)
    }

    /// An inconclusive attempt is repeated, TLS that was cut off once; an address that does not speak SMTP is followed by
    /// the next one.
    private func attempts(at addresses: [IPAddress], _ host: LabWorld.Host) -> [AttemptTruth] {
        var attempts: [AttemptTruth] = []
        for (place, address) in addresses.enumerated() {
            let expected = world.behaviour(at: address, askedFor: host).expectation
            guard let outcome = expected.outcome else { continue }
            let last = outcome.answeredSMTP || place == addresses.count - 1
            let count = 1 + (expected.conclusive ? min(retries, Self.isFragile(expected) ? 1 : 0) : retries)
            for number in 1...count {
                attempts.append(
                    AttemptTruth(
                        address: address, attempt: number, outcome: outcome, handshake: expected.handshake,
                        conclusive: expected.conclusive, starttls: expected.starttls, verified: expected.verified,
                        findings: findings(expected, host), final: last && number == count))
            }
            if last { break }
        }
        return attempts
    }

    /// The handshake, or the session under TLS, does not last: the network may have been at fault, until it happens again.
    private static func isFragile(_ expected: Expectation) -> Bool {
        switch expected.handshake {
        case .closed, .reset, .timeout: true
        default: expected.outcome == .postTLSFailure
        }
    }

    /// The behaviour's findings, the wildcard that names the host, if one does, and what a second look finds.
    private func findings(_ expected: Expectation, _ host: LabWorld.Host) -> [Finding] {
        var findings = expected.findings
        if expected.verified != nil, isNamedByWildcard(host) { findings.append(.wildcard) }
        if secondLook, expected.dependsOnServerName { findings.append(.sniDependent) }
        return findings.sorted()
    }

    func isNamedByWildcard(_ host: LabWorld.Host) -> Bool {
        guard case .pool(let index) = host, world.behaviours.shared == nil else { return false }
        let script = world.behaviours.pool(index).script
        switch script.certificate {
        case .otherName, .tooDeepWildcard: return false
        case _ where script.hasCertificateOfItsOwn: return false
        default: return world.usesWildcard(provider: world.providers.provider(ofHost: index).number)
        }
    }
}
