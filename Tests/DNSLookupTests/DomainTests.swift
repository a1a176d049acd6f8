import CensusModel
import DNSLookup
import Testing

@Suite("A mail domain")
struct DomainTests {
    @Test("MX hosts come in the order of use, lower case, equal ones once at their lowest preference")
    func order() async throws {
        try await withServer { query in
            .records([
                Wire.mx(query.name, 20, "b.example.net"), Wire.mx(query.name, 10, "Z.example.net"),
                Wire.mx(query.name, 20, "A.Example.net"), Wire.mx(query.name, 65535, "last.example.net"),
                Wire.mx(query.name, 5, "b.example.net"),
            ])
        } asking: { resolver, _ in
            let found = await resolver.domain("example.org")
            #expect(found.status == .mx)
            #expect(found.failure == nil)
            #expect(found.dnssec == .insecure)
            #expect(
                found.hosts == ["5 b.example.net", "10 z.example.net", "20 a.example.net", "65535 last.example.net"])
        }
    }

    @Test("a single MX of . is a null MX, whatever its preference")
    func nullMX() async throws {
        try await withServer { query in
            .records([Wire.mx(query.name, query.name.hasPrefix("ten") ? 10 : 0, ".")])
        } asking: { resolver, _ in
            for name in ["zero.example", "ten.example"] {
                let found = await resolver.domain(name)
                #expect(found.status == .nullMX)
                #expect(found.mx.isEmpty)
            }
        }
    }

    @Test("a null MX beside other hosts is dropped")
    func nullBesideOthers() async throws {
        try await withServer { query in
            .records([Wire.mx(query.name, 0, "."), Wire.mx(query.name, 10, "mx.example.net")])
        } asking: { resolver, _ in
            let found = await resolver.domain("example.org")
            #expect(found.status == .mx)
            #expect(found.hosts == ["10 mx.example.net"])
        }
    }

    @Test("without MX, an address of either family makes the domain its own mail host", arguments: [typeA, typeAAAA])
    func implicit(type: Int) async throws {
        try await withServer { query in
            guard query.type == type else { return .nodata }
            return .records([type == typeA ? Wire.a(query.name, 8, 8, 4, 4) : Wire.aaaa(query.name, 1)])
        } asking: { resolver, _ in
            let found = await resolver.domain("example.org")
            #expect(found.status == .implicitMX)
            #expect(found.hosts == ["0 example.org"])
        }
    }

    @Test("a name without MX and without address has no mail host; one that does not exist is NXDOMAIN")
    func nothing() async throws {
        try await withServer { query in
            query.name == "gone.example" ? .nxdomain() : .nodata
        } asking: { resolver, _ in
            #expect(await resolver.domain("empty.example").status == .noMailHost)
            #expect(await resolver.domain("gone.example").status == .nxdomain)
        }
    }

    @Test("without MX, a failing address lookup is a failure and not an absence")
    func implicitUnknown() async throws {
        try await withServer { query in
            query.type == typeMX ? .nodata : .rcode(2)
        } asking: { resolver, _ in
            let found = await resolver.domain("example.org")
            #expect(found.status == .dnsFailure)
            #expect(found.failure == .servfail)
        }
    }

    @Test("a domain that is an alias has the MX of its canonical name")
    func alias() async throws {
        try await withServer { query in
            switch query.name {
            case "alias.example": .records([Wire.cname("alias.example", "middle.example")])
            case "middle.example": .records([Wire.cname("middle.example", "real.example")])
            default: .records([Wire.mx("real.example", 10, "mx.example.net")])
            }
        } asking: { resolver, _ in
            let found = await resolver.domain("alias.example")
            #expect(found.status == .mx)
            #expect(found.hosts == ["10 mx.example.net"])
        }
    }

    @Test("an alias of a name that does not exist is NXDOMAIN (RFC 6604)")
    func danglingAlias() async throws {
        try await withServer { query in
            query.name == "alias.example" ? .nxdomain([Wire.cname("alias.example", "gone.example")]) : .nxdomain()
        } asking: { resolver, _ in
            #expect(await resolver.domain("alias.example").status == .nxdomain)
        }
    }

    @Test("aliases that lead in a circle are a loop, in one answer or over several")
    func loops() async throws {
        try await withServer { query in
            switch query.name {
            case "one.example": .records([Wire.cname("one.example", "two.example")])
            case "two.example": .records([Wire.cname("two.example", "one.example")])
            case "self.example": .records([Wire.cname("self.example", "self.example")])
            default:
                .records([Wire.cname("whole.example", "other.example"), Wire.cname("other.example", "whole.example")])
            }
        } asking: { resolver, _ in
            for name in ["one.example", "self.example", "whole.example"] {
                let found = await resolver.domain(name)
                #expect(found.status == .dnsFailure, "\(name)")
                #expect(found.failure == .loop, "\(name)")
            }
        }
    }

    @Test("a chain of aliases without end is a loop")
    func endlessChain() async throws {
        try await withServer { query in
            let number = Int(query.name.dropFirst(1).prefix { $0 != "." }) ?? 0
            return .records([Wire.cname(query.name, "n\(number + 1).example")])
        } asking: { resolver, _ in
            #expect(await resolver.domain("n0.example").failure == .loop)
        }
    }

    @Test("of 200 MX, more than a datagram holds, the 50 most preferred are kept")
    func many() async throws {
        try await withServer { query in
            guard query.overTCP else { return .truncated }
            return .records((1...200).reversed().map { Wire.mx(query.name, $0, "mx\($0).example.net") })
        } asking: { resolver, server in
            let found = await resolver.domain("example.org")
            #expect(found.status == .mx)
            #expect(found.hosts == (1...50).map { "\($0) mx\($0).example.net" })
            // Twice by UDP, in the short way and by the library, and then by TCP.
            #expect(server.count("example.org", typeMX) == 3)
        }
    }

    @Test("a host name with strange octets is escaped and never looks like another name")
    func strangeNames() async throws {
        let labels: [[UInt8]] = [[0x6d, 0x00, 0xff], Array("x.y".utf8), Array("Example".utf8)]
        try await withServer { query in
            .records([
                Wire.mx(query.name, 1, wire: Wire.name(labels: labels)), Wire.mx(query.name, 2, "under_score.example"),
                Wire.mx(query.name, 3, "192.0.2.1"),
            ])
        } asking: { resolver, _ in
            let found = await resolver.domain("example.org")
            #expect(found.mx.map(\.host) == ["m\\x00\\xff.x\\x2ey.example", "under_score.example", "192.0.2.1"])
            #expect(await resolver.host(found.mx[0].host).status == .invalidName)
            #expect(await resolver.host(found.mx[2].host).status == .ipLiteral)
        }
    }

    @Test("names under test and invalid are asked of the servers like all others")
    func specialNames() async throws {
        try await withServer { query in
            .records([Wire.mx(query.name, 10, "mx.\(query.name)")])
        } asking: { resolver, _ in
            #expect(await resolver.domain("a.test").hosts == ["10 mx.a.test"])
            #expect(await resolver.domain("b.invalid").hosts == ["10 mx.b.invalid"])
        }
    }
}
