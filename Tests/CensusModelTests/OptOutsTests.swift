import Testing

@testable import CensusModel

@Suite("Opt-outs")
struct OptOutsTests {
    private func outs(_ networks: [String] = [], _ domains: [String] = []) throws -> OptOuts {
        OptOuts(
            try networks.map { .network(try #require(CIDR($0))) }
                + domains.map { .domain(try #require(DomainName(normalized: $0))) })
    }

    @Test("hold for their network and not for its neighbours")
    func networks() throws {
        let outs = try outs(["192.0.2.0/24", "192.0.2.128/25", "198.51.100.7/32", "2001:db8::/32", "0.0.0.0/32"])
        let inside = [
            "192.0.2.0", "192.0.2.255", "198.51.100.7", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
            "0.0.0.0",
        ]
        for text in inside { #expect(outs.contains(try #require(IPAddress(text))), "\(text)") }
        let outside = [
            "192.0.1.255", "192.0.3.0", "198.51.100.6", "198.51.100.8", "2001:db7:ffff::1", "2001:db9::", "::",
            "0.0.0.1",
        ]
        for text in outside { #expect(!outs.contains(try #require(IPAddress(text))), "\(text)") }
        #expect(!OptOuts.none.contains(.v4(0)))
    }

    /// 192.0.2.33 is c000:0221, inverted 3fff:fdde; 203.0.113.9 is cb00:7109.
    @Test(
        "of IPv4 hold for every form of an address that carries it",
        arguments: [
            "::ffff:192.0.2.33", "::192.0.2.33", "::ffff:0:192.0.2.33", "64:ff9b::c000:221", "64:ff9b:1::c000:221",
            "64:ff9b:1:7::c000:221", "2002:c000:221::1", "2001:0:c000:221::", "2001:0:cb00:7109:0:1:3fff:fdde",
            "2400:1::5efe:c000:221", "2400:1::200:5efe:c000:221",
        ])
    func embedded(text: String) throws {
        #expect(try outs(["192.0.2.0/24"]).contains(try #require(IPAddress(text))))
        #expect(try !outs(["192.0.3.0/24"]).contains(try #require(IPAddress(text))))
    }

    @Test("given as mapped addresses hold for the IPv4 addresses")
    func mapped() throws {
        let outs = try outs(["::ffff:192.0.2.0/120"])
        #expect(outs.contains(try #require(IPAddress("192.0.2.200"))))
        #expect(outs.contains(try #require(IPAddress("::ffff:192.0.2.200"))))
        #expect(!outs.contains(try #require(IPAddress("192.0.3.1"))))
    }

    @Test("of a domain cover it and every name below, and no name that only ends alike")
    func domains() throws {
        let outs = try outs([], ["example.org", "mx.example.net", "co.example"])
        for name in ["example.org", "a.example.org", "a.b.example.org", "mx.example.net", "x.mx.example.net"] {
            #expect(outs.covers(name), "\(name)")
        }
        for name in [
            "badexample.org", "org", "example.net", "mx2.example.net", "example", "", ".", "..", "[192.0.2.1]",
        ] {
            #expect(!outs.covers(name), "\(name)")
        }
    }

    @Test("are looked up as a naive search would", arguments: 1...5)
    func random(seed: UInt64) throws {
        var random = Generator(state: seed)
        // Few high bits, so that networks overlap and addresses meet them.
        func address(_ random: inout Generator) -> IPAddress {
            let bits = random.next()
            return bits & 1 == 0
                ? .v4(UInt32(truncatingIfNeeded: bits >> 32) & 0x0107_0f0f | 0x0900_0000)
                : .v6(0x2a00_0000_0000_0000 | (bits >> 8 & 0x0000_0003_0007_000f), bits & 0x8000_0000_0000_00f0)
        }
        let blocks = (0..<400).map { _ in
            let base = address(&random)
            let widest = base.isV6 ? 62 : 22
            return CIDR(base, prefixLength: Int.random(in: widest...(base.isV6 ? 128 : 32), using: &random))
        }
        let outs = OptOuts(blocks.shuffled(using: &random).map(OptOut.network))
        var hits = 0
        for _ in 0..<4000 {
            let asked = address(&random)
            let expected = blocks.contains { $0.contains(asked) }
            #expect(outs.contains(asked) == expected, "\(asked)")
            hits += expected ? 1 : 0
        }
        #expect((100..<3900).contains(hits), "the test proves little: \(hits)")
    }

    /// SplitMix64 (Steele, Lea, Flood).
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }
    }
}
