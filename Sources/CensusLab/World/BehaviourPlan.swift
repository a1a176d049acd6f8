/// Which host behaves how: exact quotas, in constant time.
///
/// Three sides of the pool (offers STARTTLS, is named too deep for its wildcard, offers none) are dealt out in chunks of
/// neighbours, so that a provider's hosts mostly agree; inside a side every host is dealt out by itself.
struct BehaviourPlan: Sendable {
    private enum Side: Hashable, Sendable { case claims, tooDeep, rest }

    /// Exact numbers of hosts by behaviour, in the order of the profile: pool and implicit hosts together.
    let totals: [(item: Behaviour, count: Int)]
    private let sides: QuotaTable<Side>
    private let chunks: ChunkedPermutation
    private let tables: [Side: (table: QuotaTable<Behaviour>, deal: Permutation)]
    private let implicit: QuotaTable<Behaviour>
    private let implicitDeal: Permutation
    /// Decides about pool hosts where they share addresses.
    let shared: SharedAddressPlan?

    init(profile: LabProfile, hosts: Int, implicitHosts: Int, mixer: Mixer) {
        let totals = profile.hostShares.counts(of: hosts)
        let implicitCounts = Self.implicitCounts(profile, total: implicitHosts, available: totals)
        implicit = QuotaTable(implicitCounts)
        implicitDeal = Permutation(count: implicitHosts, mixer: mixer, purpose: .implicit)
        let pool = totals.map { item, count in
            (item: item, count: count - (implicitCounts.first { $0.item == item }?.count ?? 0))
        }
        let bySide: [(Side, Mixer.Purpose)] = [(.claims, .claims), (.tooDeep, .failing), (.rest, .silentSide)]
        var tables: [Side: (table: QuotaTable<Behaviour>, deal: Permutation)] = [:]
        for (side, purpose) in bySide {
            let table = QuotaTable(pool.filter { Self.side(of: $0.item) == side })
            tables[side] = (table, Permutation(count: table.count, mixer: mixer, purpose: purpose))
        }
        self.tables = tables
        sides = QuotaTable(bySide.map { (item: $0.0, count: tables[$0.0]?.table.count ?? 0) })
        let poolHosts = hosts - implicitHosts
        shared = profile.sharedAddresses.map { SharedAddressPlan(hosts: poolHosts, profile: $0, mixer: mixer) }
        self.totals = shared?.totals ?? totals
        chunks = ChunkedPermutation(
            count: poolHosts, chunk: max(1, min(64, poolHosts / 64)), mixer: mixer, purpose: .pool)
    }

    /// The behaviour of a pool host.
    func pool(_ host: Int) -> Behaviour {
        if let shared { return shared.behaviour(ofHost: host) }
        let (side, rank) = sides.locate(chunks.apply(host))
        guard let (table, deal) = tables[side] else { preconditionFailure("every side has a table") }
        return table.locate(deal.apply(rank)).item
    }

    /// The behaviour of a domain of the list that is its own mail host.
    func implicit(_ host: Int) -> Behaviour { implicit.locate(implicitDeal.apply(host)).item }

    private static func side(of behaviour: Behaviour) -> Side {
        if behaviour == .wildcardTooDeep { return .tooDeep }
        return behaviour.expectation.starttls == true ? .claims : .rest
    }

    /// Never more of a kind than there are hosts of it: what is too much goes to the commonest kinds.
    private static func implicitCounts(
        _ profile: LabProfile, total: Int, available: [(item: Behaviour, count: Int)]
    ) -> [(item: Behaviour, count: Int)] {
        let limits = Dictionary(uniqueKeysWithValues: available.map { ($0.item, $0.count) })
        var counts = profile.implicitShares.counts(of: total)
        var excess = 0
        for index in counts.indices {
            let limit = limits[counts[index].item] ?? 0
            excess += max(0, counts[index].count - limit)
            counts[index].count = min(counts[index].count, limit)
        }
        for index in counts.indices where excess > 0 {
            let room = min(excess, (limits[counts[index].item] ?? 0) - counts[index].count)
            counts[index].count += room
            excess -= room
        }
        return counts
    }
}
