/// Addresses that many MX hosts of the pool share, and what decides there which certificate is shown. Behaviours follow from
/// the address and from a host's place among those that share it.
struct SharedAddressPlan: Sendable {
    /// What an address does.
    enum Kind: Hashable, Sendable {
        /// Each name has a certificate of its own, chosen by SNI: right, expired, or for another host.
        case byName
        /// Every second name has a right certificate of its own, chosen by SNI; the others get the web server's.
        case someByName
        /// All names get the same, right certificate, which names every second host.
        case oneCertificate
        /// There is no STARTTLS.
        case plain
    }

    private static let byName: [Behaviour] = [.trusted, .expired, .trusted, .nameMismatch]
    private static let someByName: [Behaviour] = [.nameMismatch, .nameMismatch, .trusted, .trusted]
    private static let oneCertificate: [Behaviour] = [.trusted, .nameMismatch]

    let hosts: Int
    let namesPerAddress: Int
    private let kinds: QuotaTable<Kind>
    private let deal: Permutation

    init(hosts: Int, profile: LabProfile.SharedAddresses, mixer: Mixer) {
        self.hosts = hosts
        namesPerAddress = profile.namesPerAddress
        kinds = QuotaTable(profile.kinds.counts(of: (hosts + namesPerAddress - 1) / namesPerAddress))
        deal = Permutation(count: kinds.count, mixer: mixer, purpose: .sharedAddresses)
    }

    /// What the `number`-th address does.
    func kind(ofAddress number: Int) -> Kind { kinds.locate(deal.apply(number)).item }

    /// What the address of `host` does.
    func kind(atHost host: Int) -> Kind { kind(ofAddress: host / namesPerAddress) }

    /// The hosts that share the address of `host`.
    func hosts(sharingWith host: Int) -> Range<Int> {
        let first = host / namesPerAddress * namesPerAddress
        return first..<min(first + namesPerAddress, hosts)
    }

    func behaviour(ofHost host: Int) -> Behaviour {
        let place = host % namesPerAddress
        return switch kind(atHost: host) {
        case .byName: Self.byName[place % Self.byName.count]
        case .someByName: Self.someByName[place % Self.someByName.count]
        case .oneCertificate: Self.oneCertificate[place % Self.oneCertificate.count]
        case .plain: .plain
        }
    }

    /// The hosts that the one certificate at the address of `host` names.
    func namedHosts(at host: Int) -> [Int] {
        hosts(sharingWith: host).filter { behaviour(ofHost: $0) == .trusted }
    }

    /// Numbers of hosts by behaviour.
    var totals: [(item: Behaviour, count: Int)] {
        var counts: [Behaviour: Int] = [:]
        for host in 0..<hosts { counts[behaviour(ofHost: host), default: 0] += 1 }
        return [Behaviour.trusted, .expired, .nameMismatch, .plain].map { ($0, counts[$0] ?? 0) }
    }
}
