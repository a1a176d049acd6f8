/// Which hosts belong together, and what they are called.
///
/// Hosts 0..<count lie in tiers of about equal mass: the providers of tier t have 2^t hosts (the last one of a tier takes
/// what is left over), so there are many small providers and a few very large ones. Everything is arithmetic on a table
/// of at most 40 tiers.
struct ProviderPlan: Sendable {
    struct Tier: Sendable {
        let firstHost: Int
        let hosts: Int
        let firstProvider: Int
        let providers: Int
        let size: Int
    }

    /// A provider and its hosts.
    struct Provider: Sendable, Hashable {
        let number: Int
        let hosts: Range<Int>
    }

    let tiers: [Tier]
    let hosts: Int
    let providers: Int
    private let mixer: Mixer

    init(hosts: Int, mixer: Mixer) {
        var depth = 1
        while hosts / (depth + 1) >= 1 << depth { depth += 1 }
        var tiers: [Tier] = []
        var (host, provider) = (0, 0)
        for (tier, mass) in largestRemainder(weights: Array(repeating: 1, count: depth), total: hosts).enumerated() {
            let size = 1 << tier
            let count = mass / size
            tiers.append(Tier(firstHost: host, hosts: mass, firstProvider: provider, providers: count, size: size))
            host += mass
            provider += count
        }
        self.tiers = tiers
        self.hosts = hosts
        providers = provider
        self.mixer = mixer
    }

    /// The provider of a host.
    func provider(ofHost host: Int) -> Provider {
        let tier = tiers.last { $0.firstHost <= host && $0.hosts > 0 } ?? tiers[0]
        return provider(min((host - tier.firstHost) / tier.size, tier.providers - 1), of: tier)
    }

    /// The provider of that number.
    func provider(_ number: Int) -> Provider {
        let tier = tiers.last { $0.firstProvider <= number && $0.providers > 0 } ?? tiers[0]
        return provider(number - tier.firstProvider, of: tier)
    }

    /// The `index`-th provider of `tier`.
    func provider(_ index: Int, of tier: Tier) -> Provider {
        let start = tier.firstHost + index * tier.size
        let end = index == tier.providers - 1 ? tier.firstHost + tier.hosts : start + tier.size
        return Provider(number: tier.firstProvider + index, hosts: start..<end)
    }

    // MARK: Names

    /// The registered domain of a provider, for example `quartz-3k.test`.
    func domain(ofProvider number: Int) -> String {
        let word = Words.providers[mixer.draw(.provider, number, below: Words.providers.count)]
        let suffix = Words.providerSuffixes[mixer.draw(.suffix, number, below: Words.providerSuffixes.count)]
        return "\(word)-\(String(number, radix: 36))\(suffix)"
    }

    /// The number of the provider called `domain`; nil when there is none.
    func provider(named domain: Substring) -> Int? {
        let parts = domain.prefix { $0 != "." }.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 2, let number = Int(parts[1], radix: 36), (0..<providers).contains(number),
            self.domain(ofProvider: number) == domain
        else { return nil }
        return number
    }

    /// How a provider's servers talk: 0..<1000, to be reduced by whoever uses it.
    func style(ofProvider number: Int) -> Int { mixer.draw(.style, number, below: 1000) }

    /// The first label of a host without its number, for example `mx`.
    func hostPrefix(ofProvider number: Int) -> String {
        Words.hostPrefixes[mixer.draw(.name, number, below: Words.hostPrefixes.count)]
    }
}

/// The vocabulary of made-up names.
enum Words {
    static let providers = [
        "quartz", "basalt", "granite", "marble", "slate", "flint", "amber", "onyx", "jasper", "opal", "beryl", "garnet",
        "topaz", "agate", "pumice", "gneiss", "shale", "chalk", "zircon", "cobalt", "nickel", "argon", "xenon", "neon",
        "osprey", "heron", "plover", "curlew", "bittern", "dunlin", "gannet", "fulmar", "petrel", "wigeon", "teal",
        "merlin",
    ]
    /// The last ones exercise public suffixes of more labels. `mxcensus-lab` is in each, so no real name is meant.
    static let providerSuffixes = [
        ".test", ".test", ".test", ".test", ".test", ".test", ".test", ".test", ".test", ".test", ".test",
        "-mxcensus-lab.com", "-mxcensus-lab.de", "-mxcensus-lab.co.uk", "-mxcensus-lab.com.br", "-mxcensus-lab.ne.jp",
    ]
    static let hostPrefixes = ["mx", "mail", "smtp-in", "inbound", "relay", "mta"]
    static let domains = [
        "oak", "elm", "ash", "birch", "maple", "rowan", "hazel", "alder", "cedar", "larch", "willow", "aspen", "beech",
        "holly", "yew", "pine",
    ]
    static let domainSuffixes = [
        "mxcensus-lab.com", "mxcensus-lab.org", "mxcensus-lab.de", "mxcensus-lab.co.uk", "mxcensus-lab.com.br",
        "mxcensus-lab.ne.jp", "mxcensus-lab.gov.au", "mxcensus-lab.fr",
    ]
}
