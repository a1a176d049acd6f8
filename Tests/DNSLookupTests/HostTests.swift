import CensusModel
import DNSLookup
import Testing

@Suite("An MX host")
struct HostTests {
    @Test("addresses come IPv4 first, ascending, each once")
    func order() async throws {
        try await withServer { query in
            query.type == typeA
                ? .records([
                    Wire.a(query.name, 9, 9, 9, 9), Wire.a(query.name, 1, 1, 1, 1), Wire.a(query.name, 9, 9, 9, 9),
                ])
                : .records([Wire.aaaa(query.name, 2), Wire.aaaa(query.name, 1)])
        } asking: { resolver, _ in
            let found = await resolver.host("mx.example.net")
            #expect(found.status == .ok)
            #expect(found.addresses.map(\.description) == ["1.1.1.1", "9.9.9.9", "2606:4700::1", "2606:4700::2"])
        }
    }

    @Test("only the families that are wanted are asked for", arguments: [AddressFamilies.ipv4Only, .ipv6Only])
    func families(_ families: AddressFamilies) async throws {
        try await withServer { query in
            query.type == typeA ? .records([Wire.a(query.name, 1, 1, 1, 1)]) : .records([Wire.aaaa(query.name, 1)])
        } asking: { resolver, server in
            let found = await resolver.host("mx.example.net", families)
            #expect(found.addresses.map(\.isV6) == [families == .ipv6Only])
            #expect(server.count("mx.example.net", typeA) == (families == .ipv4Only ? 1 : 0))
            #expect(server.count("mx.example.net", typeAAAA) == (families == .ipv6Only ? 1 : 0))
        }
    }

    @Test("forbidden addresses are recorded after the permitted ones; alone they make the host forbidden")
    func forbidden() async throws {
        try await withServer { query in
            guard query.type == typeA else { return .nodata }
            let loopback = Wire.a(query.name, 127, 0, 0, 1)
            return .records(query.name == "mixed.example" ? [loopback, Wire.a(query.name, 8, 8, 8, 8)] : [loopback])
        } asking: { resolver, _ in
            let mixed = await resolver.host("mixed.example")
            #expect(mixed.status == .ok)
            #expect(mixed.addresses.map(\.description) == ["8.8.8.8", "127.0.0.1"])
            let inner = await resolver.host("inner.example")
            #expect(inner.status == .forbidden)
            #expect(inner.addresses.map(\.description) == ["127.0.0.1"])
            let block = try #require(CIDR("127.0.0.0/8"))
            #expect(await resolver.host("inner.example", allowed: [block]).status == .ok)
        }
    }

    @Test("at most 16 addresses are kept, permitted ones first")
    func manyAddresses() async throws {
        try await withServer { query in
            guard query.type == typeA else { return .nodata }
            return .records((0..<20).map { Wire.a(query.name, 10, 0, 0, $0) } + [Wire.a(query.name, 20, 0, 0, 1)])
        } asking: { resolver, _ in
            let found = await resolver.host("mx.example.net")
            #expect(found.addresses.count == 16)
            #expect(found.addresses.first?.description == "20.0.0.1")
        }
    }

    @Test("a host without address, one that does not exist and one that fails are told apart")
    func absences() async throws {
        try await withServer { query in
            switch query.name {
            case "gone.example": .nxdomain()
            case "broken.example": .rcode(2)
            case "half.example": query.type == typeA ? .nodata : .rcode(2)
            case "enough.example": query.type == typeA ? .records([Wire.a(query.name, 8, 8, 8, 8)]) : .rcode(2)
            default: .nodata
            }
        } asking: { resolver, _ in
            #expect(await resolver.host("empty.example").status == .noAddress)
            #expect(await resolver.host("gone.example").status == .nxdomain)
            let broken = await resolver.host("broken.example")
            #expect(broken.status == .dnsFailure)
            #expect(broken.failure == .servfail)
            #expect(await resolver.host("half.example").status == .dnsFailure)
            let enough = await resolver.host("enough.example")
            #expect(enough.status == .ok)
            #expect(enough.failure == nil)
        }
    }

    @Test("a host that is an alias has the addresses of its canonical name")
    func alias() async throws {
        try await withServer { query in
            query.name == "mx.example"
                ? .records([Wire.cname("mx.example", "real.example")])
                : query.type == typeA ? .records([Wire.a("real.example", 8, 8, 8, 8)]) : .nodata
        } asking: { resolver, _ in
            let found = await resolver.host("mx.example")
            #expect(found.status == .ok)
            #expect(found.addresses.map(\.description) == ["8.8.8.8"])
        }
    }

    @Test(
        "an address in a host's place is an IP literal, and nothing is asked",
        arguments: ["192.0.2.1", "[192.0.2.1]", "2001:db8::1", "[IPv6:2001:db8::1]"])
    func literal(_ host: String) async throws {
        try await withServer { _ in
            .silence
        } asking: { resolver, server in
            #expect(await resolver.host(host).status == .ipLiteral)
            #expect(server.total == 0)
        }
    }

    @Test(
        "what is no host name is refused, and nothing is asked",
        arguments: ["", "a..b", "has space.example", "\\x00.example", "[192.0.2]", String(repeating: "a", count: 64)])
    func invalid(_ host: String) async throws {
        try await withServer { _ in
            .silence
        } asking: { resolver, server in
            #expect(await resolver.host(host).status == .invalidName)
            #expect(server.total == 0)
        }
    }

    @Test("a host is asked for once, at the same time or later")
    func once() async throws {
        try await withServer { query in
            query.type == typeA
                ? .records([Wire.a(query.name, 8, 8, 8, 8)])
                : .sections([], [Wire.soa("example.net")], 0)
        } asking: { resolver, server in
            await withTaskGroup { group in
                for _ in 0..<100 {
                    group.addTask { #expect(await resolver.host("mx.example.net").status == .ok) }
                }
            }
            #expect(await resolver.host("mx.example.net").status == .ok)
            #expect(server.count("mx.example.net", typeA) == 1)
            #expect(server.count("mx.example.net", typeAAAA) == 1)
        }
    }
}
