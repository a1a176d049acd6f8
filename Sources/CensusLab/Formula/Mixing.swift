/// Deterministic mixing: everything random in the lab comes from here, so the same seed gives the same Internet on
/// every machine. Not for secrets.
struct Mixer: Sendable {
    let seed: UInt64

    /// What a number is drawn for: each purpose has its own, independent stream.
    enum Purpose: UInt64, Sendable {
        case pool = 1, claims, failing, silentSide, implicit, domains, weights, networks
        case style, homing, extra, preference, provider, name, foreignStatus, alias, slowness, serial, order, suffix
        case sharedAddresses, latencyRadius, latencyAngle
    }

    /// A number that depends on the seed, the purpose and `value` in every bit.
    func draw(_ purpose: Purpose, _ value: UInt64) -> UInt64 {
        Self.scramble(Self.scramble(seed &+ purpose.rawValue &* 0x9e37_79b9_7f4a_7c15) ^ Self.scramble(value &+ 1))
    }

    /// As `draw`, reduced to 0..<bound.
    func draw(_ purpose: Purpose, _ value: Int, below bound: Int) -> Int {
        Int(((draw(purpose, UInt64(bitPattern: Int64(value))) >> 32) &* UInt64(bound)) >> 32)
    }

    /// A number for a name: FNV-1a over its bytes, then mixed.
    func draw(_ purpose: Purpose, name: some StringProtocol) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return draw(purpose, hash)
    }

    /// The finaliser of SplitMix64: a bijection of 64-bit numbers.
    static func scramble(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
