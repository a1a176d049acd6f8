import CensusModel

/// Where in 127/8 the hosts of the lab live. From an address alone follows which host answers there.
///
/// | block | who |
/// | --- | --- |
/// | 127.0.16.0/20 | one host per behaviour, for the test names |
/// | 127.4.0.0/14 | SYNs are dropped |
/// | 127.8.0.0/16, 127.9.0.0/16, 127.10.0.0/16 | dead first addresses of hosts with two: HTTP, closed, reset |
/// | 127.16.0.0 – 127.191.255.255 | the pool of MX hosts |
/// | 127.192.0.0/13 | domains of the list that are their own mail host |
/// | 127.208.0.0/12, and everything else | any other name that is its own mail host |
/// | 127.255.255.255 | unreachable (broadcast) |
///
/// Dead first addresses sort before the pool, because a client tries addresses in ascending order.
struct AddressPlan: Sendable {
    /// What lives at an address.
    enum Resident: Sendable, Hashable {
        case test(Int)
        case dropped
        case dead(Behaviour)
        case pool(Int)
        case implicit(Int)
        case stranger(UInt32)
        case unreachable
    }

    static let unreachable = IPAddress.v4(0x7fff_ffff)
    /// Refuses, since the farm never listens there.
    static let refused = IPAddress.v6(0, 1)
    /// Private space that no policy allows in the lab.
    static let forbiddenBase: UInt32 = 0x0a00_0000

    static let droppedBase: UInt32 = 0x7f04_0000
    static let droppedSize: UInt32 = 1 << 18
    private static let testBase: UInt32 = 0x7f00_1000
    private static let testSize: UInt32 = 1 << 12
    private static let deadBase: UInt32 = 0x7f08_0000
    private static let deadKinds: [Behaviour] = [.http, .closed, .reset]
    private static let poolBase: UInt32 = 0x7f10_0000
    private static let poolNetworks = 176 * 256
    private static let implicitBase: UInt32 = 0x7fc0_0000
    private static let implicitNetworks = 2048
    private static let strangerBase: UInt32 = 0x7fd0_0000

    let poolHosts: Int
    let implicitHosts: Int
    /// Addresses in one /24 of the pool.
    let density: Int
    /// Hosts that share an address of the pool: neighbours.
    private let namesPerAddress: Int
    private let networks: Permutation

    /// `density` is raised where the pool would not fit otherwise; nil when it cannot fit at all.
    init?(poolHosts: Int, implicitHosts: Int, density: Int, namesPerAddress: Int = 1, mixer: Mixer) {
        self.poolHosts = poolHosts
        self.implicitHosts = implicitHosts
        self.namesPerAddress = namesPerAddress
        let addresses = (poolHosts + namesPerAddress - 1) / namesPerAddress
        self.density = max(density, (addresses + Self.poolNetworks - 1) / Self.poolNetworks, 1)
        networks = Permutation(count: Self.poolNetworks, mixer: mixer, purpose: .networks)
        guard self.density <= 250, implicitHosts <= Self.implicitNetworks * 250 else { return nil }
    }

    func pool(_ host: Int) -> IPAddress {
        let address = host / namesPerAddress
        let network = UInt32(networks.apply(address / density))
        return .v4(Self.poolBase + network << 8 + UInt32(address % density) + 1)
    }

    func implicit(_ host: Int) -> IPAddress {
        let (row, network) = host.quotientAndRemainder(dividingBy: Self.implicitNetworks)
        return .v4(Self.implicitBase + UInt32(network) << 8 + UInt32(row) + 1)
    }

    func stranger(_ draw: UInt64) -> IPAddress { .v4(Self.strangerBase | UInt32(draw & 0xf_ffff)) }

    func dropped(_ draw: UInt64) -> IPAddress { .v4(Self.droppedBase + UInt32(draw % UInt64(Self.droppedSize))) }

    func test(_ number: Int) -> IPAddress { .v4(Self.testBase + UInt32(number)) }

    /// A dead address: `kind` picks how it is dead.
    func dead(_ kind: Int, _ draw: UInt64) -> IPAddress {
        .v4(Self.deadBase + UInt32(kind % Self.deadKinds.count) << 16 + UInt32(draw & 0xffff))
    }

    /// Who lives at an IPv4 address of 127/8; of hosts that share it the first.
    func resident(at address: UInt32) -> Resident {
        switch address {
        case 0x7fff_ffff: return .unreachable
        case Self.testBase..<Self.testBase + Self.testSize: return .test(Int(address - Self.testBase))
        case Self.droppedBase..<Self.droppedBase + Self.droppedSize: return .dropped
        case Self.deadBase..<Self.deadBase + UInt32(Self.deadKinds.count) << 16:
            return .dead(Self.deadKinds[Int(address - Self.deadBase) >> 16])
        case Self.poolBase..<Self.poolBase + UInt32(Self.poolNetworks) << 8:
            let (network, octet) = Int(address - Self.poolBase).quotientAndRemainder(dividingBy: 256)
            let host = (networks.invert(network) * density + octet - 1) * namesPerAddress
            return (1...density).contains(octet) && host < poolHosts ? .pool(host) : .stranger(address)
        case Self.implicitBase..<Self.implicitBase + UInt32(Self.implicitNetworks) << 8:
            let (network, octet) = Int(address - Self.implicitBase).quotientAndRemainder(dividingBy: 256)
            let host = (octet - 1) * Self.implicitNetworks + network
            return octet > 0 && host < implicitHosts ? .implicit(host) : .stranger(address)
        default: return .stranger(address)
        }
    }
}
