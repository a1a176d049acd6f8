import CensusModel

/// The lab Internet as a formula: every name, address, behaviour and weight follows from profile, scale and seed in
/// constant time and memory. DNS server, farm and truth all ask here.
struct LabWorld: Sendable {
    /// An MX host that exists in the lab.
    enum Host: Hashable, Sendable {
        /// Of the pool, by number.
        case pool(Int)
        /// A domain of the list that is its own mail host, by its place among those.
        case implicit(Int)
        /// Any other name that is its own mail host.
        case stranger(String)
        /// The host that shows one behaviour, by its place in `Behaviour.all`.
        case test(Int)
    }

    let mixer: Mixer
    let providers: ProviderPlan
    let domains: DomainPlan
    let behaviours: BehaviourPlan
    let addresses: AddressPlan
    /// Unique MX hosts of the whole list.
    let hostCount: Int
    let implicitCount: Int
    private let strangers: QuotaTable<Behaviour>

    /// Throws `LabError.configuration` when the profile does not fit the address space or the scale leaves too few domains.
    init(profile: LabProfile, scale: Int, seed: UInt64, hostsPerNetwork: Int) throws {
        guard (1...100_000).contains(scale) else {
            throw LabError.configuration("scale 1:\(scale) is not between 1:1 and 1:100000")
        }
        let domainCount = (profile.domains + scale / 2) / scale
        hostCount = (profile.hosts + scale / 2) / scale
        mixer = Mixer(seed: seed)
        let kinds = profile.domainShares.counts(of: domainCount)
        implicitCount = kinds.first { $0.item == .implicit }?.count ?? 0
        let poolCount = hostCount - implicitCount
        providers = ProviderPlan(hosts: poolCount, mixer: mixer)
        domains = DomainPlan(counts: kinds, providers: providers, mixer: mixer)
        behaviours = BehaviourPlan(profile: profile, hosts: hostCount, implicitHosts: implicitCount, mixer: mixer)
        strangers = QuotaTable(profile.implicitShares.counts(of: 1000))
        guard domains.covering <= domains.kinds.range(of: .mx).count else {
            throw LabError.configuration("the profile has too few domains with MX records to use every host")
        }
        guard
            let plan = AddressPlan(
                poolHosts: poolCount, implicitHosts: implicitCount, density: hostsPerNetwork,
                namesPerAddress: profile.sharedAddresses?.namesPerAddress ?? 1, mixer: mixer)
        else { throw LabError.configuration("\(hostCount) hosts do not fit into 127.0.0.0/8") }
        addresses = plan
    }

    // MARK: Names

    /// The name that the MX record of a host holds. Two behaviours are about names that are none.
    func name(_ host: Host) -> String {
        switch host {
        case .pool(let index): poolName(index)
        case .implicit(let rank): domains.name(domains.domain(.implicit, rank: rank))
        case .stranger(let name): name
        case .test(let number): testName(number)
        }
    }

    private func poolName(_ index: Int) -> String {
        let provider = providers.provider(ofHost: index)
        let domain = providers.domain(ofProvider: provider.number)
        let prefix = providers.hostPrefix(ofProvider: provider.number)
        let rank = index - provider.hosts.lowerBound + 1
        switch behaviours.pool(index) {
        case .wildcardTooDeep: return "\(prefix)\(rank).am0.\(domain)"
        case .hostInvalidName: return "\(prefix)*\(rank).\(domain)"
        case .hostIPLiteral: return addresses.pool(index).description
        default: return "\(prefix)\(rank).\(domain)"
        }
    }

    /// The pool host called `name`; nil when there is none.
    func poolHost(named name: Substring) -> Int? {
        guard let dot = name.firstIndex(of: ".") else { return nil }
        let digits = name[..<dot].reversed().prefix { $0.isASCII && $0.isNumber }.reversed()
        var domain = name[name.index(after: dot)...]
        if domain.hasPrefix("am0.") { domain = domain.dropFirst(4) }
        guard let rank = Int(String(digits)), rank > 0, let number = providers.provider(named: domain) else {
            return nil
        }
        let hosts = providers.provider(number).hosts
        guard rank <= hosts.count else { return nil }
        let index = hosts.lowerBound + rank - 1
        return poolName(index) == name ? index : nil
    }

    // MARK: Behaviour and addresses

    func behaviour(_ host: Host) -> Behaviour {
        switch host {
        case .pool(let index): behaviours.pool(index)
        case .implicit(let rank): behaviours.implicit(rank)
        case .stranger(let name): strangerBehaviour(strangerAddress(name))
        case .test(let number): Behaviour.all[number]
        }
    }

    /// What a name outside the list, which is its own mail host, does: by its address alone.
    private func strangerBehaviour(_ address: IPAddress) -> Behaviour {
        guard case .v4(let value) = address else { preconditionFailure("strangers live in IPv4") }
        return strangers.locate(mixer.draw(.implicit, Int(value), below: strangers.count)).item
    }

    private func strangerAddress(_ name: String) -> IPAddress {
        addresses.stranger(mixer.draw(.implicit, name: name))
    }

    /// Every address that DNS gives for a host, IPv4 before IPv6, each in ascending order.
    func addresses(of host: Host) -> [IPAddress] {
        switch host {
        case .implicit(let rank): return [addresses.implicit(rank)]
        case .stranger(let name): return [strangerAddress(name)]
        case .pool(let index):
            let own = addresses.pool(index)
            return reachable(
                behaviours.pool(index), own: own, draw: mixer.draw(.homing, UInt64(index)), mayHaveSecond: true)
        case .test(let number):
            let own = addresses.test(number)
            return reachable(Behaviour.all[number], own: own, draw: UInt64(number), mayHaveSecond: false)
        }
    }

    private func reachable(_ behaviour: Behaviour, own: IPAddress, draw: UInt64, mayHaveSecond: Bool) -> [IPAddress] {
        let dead = addresses.dead(0, draw >> 24)
        switch behaviour.reach {
        case .farm: return mayHaveSecond ? withSecond(own, behaviour, draw) : [own]
        case .dropped: return [addresses.dropped(draw >> 24)]
        // Half of them first lead to a host that speaks no SMTP, so that the next address is tried.
        case .refused: return mayHaveSecond && draw & 1 == 0 ? [dead, AddressPlan.refused] : [AddressPlan.refused]
        case .unreachable: return [AddressPlan.unreachable]
        case .none:
            guard behaviour == .hostForbidden else { return [] }
            return [.v4(AddressPlan.forbiddenBase + UInt32(draw >> 40 & 0xff_ffff))]
        }
    }

    /// One in a hundred hosts has a dead address before its own, one in a hundred an IPv6 address after it (only where
    /// the first one answers, since the second does not).
    private func withSecond(_ own: IPAddress, _ behaviour: Behaviour, _ draw: UInt64) -> [IPAddress] {
        switch draw % 1000 {
        case 0: [addresses.dropped(draw >> 24), own]
        case 1...9: [addresses.dead(draw % 1000 < 6 ? 0 : draw % 1000 < 9 ? 1 : 2, draw >> 24), own]
        case 10...19 where behaviour.expectation.outcome?.answeredSMTP == true: [own, AddressPlan.refused]
        default: [own]
        }
    }

    /// What happens at an address to a client that asks for the name of `host`.
    func behaviour(at address: IPAddress, askedFor host: Host) -> Behaviour {
        if case .pool(let index) = host, address == addresses.pool(index) { return behaviours.pool(index) }
        return behaviour(at: address)
    }

    /// What happens at an address, whichever host led there; where hosts share it, to clients that ask for the first.
    func behaviour(at address: IPAddress) -> Behaviour {
        guard case .v4(let value) = address else { return .refused }
        switch addresses.resident(at: value) {
        case .test(let number): return number < Behaviour.all.count ? Behaviour.all[number] : .trusted
        case .dropped: return .dropped
        case .dead(let behaviour): return behaviour
        case .pool(let index): return behaviours.pool(index)
        case .implicit(let rank): return behaviours.implicit(rank)
        case .stranger: return strangerBehaviour(address)
        case .unreachable: return .unreachable
        }
    }
}
