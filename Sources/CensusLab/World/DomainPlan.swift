/// The synthetic domain list: names, weights, how DNS answers for each, and which pool hosts take its mail.
struct DomainPlan: Sendable {
    /// One MX record of a domain: a pool host by number.
    struct Edge: Sendable, Hashable {
        let preference: UInt16
        let host: Int
    }

    let count: Int
    let kinds: QuotaTable<DomainKind>
    /// The first domains with MX records share out the whole pool, so that every host is used.
    let covering: Int
    private let deal: Permutation
    private let weightRanks: Permutation
    private let providers: ProviderPlan
    private let mixer: Mixer

    /// MX records of the covering domains, over and over: eight domains use sixteen hosts.
    private static let pattern = [1, 2, 1, 3, 2, 1, 2, 4]
    private static let patternStarts = [0, 1, 3, 4, 7, 9, 10, 12]
    private static let patternSum = 16

    init(counts: [(item: DomainKind, count: Int)], providers: ProviderPlan, mixer: Mixer) {
        kinds = QuotaTable(counts)
        count = kinds.count
        deal = Permutation(count: count, mixer: mixer, purpose: .domains)
        weightRanks = Permutation(count: count, mixer: mixer, purpose: .weights)
        self.providers = providers
        self.mixer = mixer
        let (rounds, rest) = providers.hosts.quotientAndRemainder(dividingBy: Self.patternSum)
        covering = rounds * Self.pattern.count + Self.patternStarts.filter { $0 < rest }.count
    }

    // MARK: Names

    /// The name of a domain, for example `d0000123.maple.test`.
    func name(_ index: Int) -> String {
        let digits = String(index)
        let padding = String(repeating: "0", count: max(0, 7 - digits.count))
        let draw = mixer.draw(.name, UInt64(index))
        let parent =
            draw >> 32 & 15 == 0
            ? Words.domainSuffixes[Int(draw & 0xff) % Words.domainSuffixes.count]
            : Words.domains[Int(draw & 0xff) % Words.domains.count] + ".test"
        return "d\(padding)\(digits).\(parent)"
    }

    /// The domain of that name; nil when it is not in the list.
    func index(named name: Substring) -> Int? {
        guard name.utf8.first == UInt8(ascii: "d"), let dot = name.firstIndex(of: "."),
            let index = Int(name[name.index(after: name.startIndex)..<dot]), (0..<count).contains(index),
            self.name(index) == name
        else { return nil }
        return index
    }

    /// The mail volume of a domain: a whole number, by Zipf's law over a seeded ranking.
    func weight(_ index: Int) -> Double { Double(1 + 10 * count / (weightRanks.apply(index) + 1)) }

    // MARK: Kinds

    /// How DNS answers for a domain, and its place among those of the kind.
    func kind(_ index: Int) -> (kind: DomainKind, rank: Int) {
        let (item, rank) = kinds.locate(deal.apply(index))
        return (item, rank)
    }

    /// The domain that is the `rank`-th of `kind`.
    func domain(_ kind: DomainKind, rank: Int) -> Int { deal.invert(kinds.range(of: kind).lowerBound + rank) }

    /// The kind of a name that is not in the list: in the list's proportions, by its draw.
    func kind(ofStranger draw: UInt64) -> DomainKind { kinds.locate(Int(draw % UInt64(count))).item }

    // MARK: MX

    /// The MX records of a domain of the list, in no particular order.
    func edges(_ index: Int) -> [Edge] {
        let (kind, rank) = kind(index)
        return edges(kind: kind, draw: mixer.draw(.extra, UInt64(index)), coveringRank: rank)
    }

    /// The MX records of a name: `coveringRank` nil for one that is not in the list.
    func edges(kind: DomainKind, draw: UInt64, coveringRank: Int?) -> [Edge] {
        switch kind {
        case .mx:
            if let rank = coveringRank, rank < covering { return preferences(coveredHosts(rank), draw) }
            return preferences(popularHosts(draw, wanted: 1 + Int(draw >> 20 & 7) % 5), draw)
        case .aliased: return preferences(popularHosts(draw, wanted: 2), draw)
        case .manyMX: return preferences(popularHosts(draw, wanted: 30 + Int(draw >> 20 & 15)), draw)
        case .implicit, .nullMX, .noMailHost, .nxdomain, .servfail, .timeout: return []
        }
    }

    private func coveredHosts(_ rank: Int) -> [Int] {
        let (round, place) = rank.quotientAndRemainder(dividingBy: Self.pattern.count)
        let start = round * Self.patternSum + Self.patternStarts[place]
        return Array(start..<min(start + Self.pattern[place], providers.hosts))
    }

    /// Neighbouring hosts of one provider: half of the time of the largest tier, a quarter of the next one …, and in a
    /// tier more often of the first ones.
    private func popularHosts(_ draw: UInt64, wanted: Int) -> [Int] {
        let depth = min(Int((draw >> 40).trailingZeroBitCount), providers.tiers.count - 1)
        let tier = providers.tiers[providers.tiers.count - 1 - depth]
        let uniform = Double(Mixer.scramble(draw) >> 11) / Double(UInt64(1) << 53)
        let index = min(Int(uniform * uniform * Double(tier.providers)), tier.providers - 1)
        let hosts = providers.provider(index, of: tier).hosts
        let start = Int(Mixer.scramble(draw &+ 1) % UInt64(hosts.count))
        return (0..<min(wanted, hosts.count)).map { hosts.lowerBound + (start + $0) % hosts.count }
    }

    /// Mostly 10, 20, 30 …; an eighth of the domains give all hosts the same preference.
    private func preferences(_ hosts: [Int], _ draw: UInt64) -> [Edge] {
        let equal = draw >> 8 & 7 == 0
        return hosts.enumerated().map { Edge(preference: equal ? 10 : UInt16(10 * ($0 + 1)), host: $1) }
    }
}
