import CensusModel
import DNSLookup
import Testing

@Suite("DNSSEC")
struct DNSSECTests {
    /// A resolver that trusts the key of a signed zone, and a server of that zone; every other name is unsigned.
    private func withSignedZone(
        tamper: (inout [ScriptedServer.Record]) -> Void = { _ in }, asking body: (MailResolver) async throws -> Void
    ) async throws {
        var zone = try SignedZone(
            "signed.example",
            ["@ MX 10 mx", "mx A 8.8.8.8", "mx AAAA 2606:4700::1", "own A 9.9.9.9", "alias CNAME mx", "other MX 20 mx"])
        defer { zone.remove() }
        tamper(&zone.records)
        let configuration = ResolverConfiguration(
            timeout: .seconds(30), retryDelay: .milliseconds(1), validateDNSSEC: true, trustAnchorFile: zone.anchorFile)
        try await withServer(configuration) { [zone] query in
            if query.name.hasSuffix("signed.example") && query.name != "unsigned.example" { return zone.reply(query) }
            return query.type == typeMX ? .records([Wire.mx(query.name, 10, "mx.signed.example")]) : .nodata
        } asking: { resolver, _ in
            try await body(resolver)
        }
    }

    @Test("signed answers are secure: records, aliases and denials")
    func secure() async throws {
        try await withSignedZone { resolver in
            let found = await resolver.domain("signed.example")
            #expect(found.status == .mx)
            #expect(found.hosts == ["10 mx.signed.example"])
            #expect(found.dnssec == .secure)
            let host = await resolver.host("mx.signed.example")
            #expect(host.status == .ok)
            #expect(host.addresses.map(\.description) == ["8.8.8.8", "2606:4700::1"])
            #expect(host.dnssec == .secure)
            let alias = await resolver.host("alias.signed.example")
            #expect(alias.addresses == host.addresses)
            #expect(alias.dnssec == .secure)
            let implicit = await resolver.domain("own.signed.example")
            #expect(implicit.status == .implicitMX)
            #expect(implicit.dnssec == .secure)
            let gone = await resolver.domain("gone.signed.example")
            #expect(gone.status == .nxdomain)
            #expect(gone.dnssec == .secure)
            #expect(await resolver.check().validation == .on)
        }
    }

    @Test("names outside the signed zone are insecure, with the same resolver")
    func insecure() async throws {
        try await withSignedZone { resolver in
            let found = await resolver.domain("unsigned.example")
            #expect(found.status == .mx)
            #expect(found.dnssec == .insecure)
        }
    }

    @Test("a record that was changed after signing is bogus, and only that")
    func tampered() async throws {
        try await withSignedZone { records in
            for index in records.indices where records[index].type == typeMX && records[index].name == "signed.example"
            {
                records[index].data[1] = 1
            }
            for index in records.indices
            where records[index].type == typeA && records[index].name == "mx.signed.example" {
                records[index].data = [1, 2, 3, 4]
            }
        } asking: { resolver in
            let found = await resolver.domain("signed.example")
            #expect(found.status == .dnsFailure)
            #expect(found.failure == .bogus)
            #expect(found.dnssec == .bogus)
            #expect(found.mx.isEmpty)
            let host = await resolver.host("mx.signed.example", .ipv4Only)
            #expect(host.status == .dnsFailure)
            #expect(host.failure == .bogus)
            #expect(host.dnssec == .bogus)
            #expect(host.addresses.isEmpty)
            #expect(await resolver.domain("other.signed.example").dnssec == .secure)
        }
    }

    @Test("a record without its signature is bogus")
    func stripped() async throws {
        try await withSignedZone { records in
            records.removeAll { $0.type == 46 && $0.data[1] == typeMX }
        } asking: { resolver in
            #expect(await resolver.domain("signed.example").failure == .bogus)
        }
    }

    @Test("servers without DNSSEC switch validation off instead of failing every name", arguments: [0, 3, 5])
    func unsignedInternet(rcode: Int) async throws {
        let configuration = ResolverConfiguration(timeout: .seconds(30), validateDNSSEC: true)
        try await withServer(configuration) { query in
            switch query.type {
            case typeMX: .records([Wire.mx(query.name, 10, "mx.example.net")])
            default: .rcode(rcode)
            }
        } asking: { resolver, _ in
            let found = await resolver.domain("example.org")
            #expect(found.status == .mx)
            #expect(found.dnssec == .insecure)
            guard case .off(let reason) = await resolver.check().validation else {
                Issue.record("validation is not off")
                return
            }
            #expect(reason.contains("/usr/share/dns/root.key"))
        }
    }

    @Test("servers that fail for the anchor alone leave validation undecided and names insecure")
    func undecided() async throws {
        let configuration = ResolverConfiguration(timeout: .seconds(30), validateDNSSEC: true)
        try await withServer(configuration) { query in
            query.type == typeDNSKEY ? .rcode(2) : .records([Wire.mx(query.name, 10, "mx.example.net")])
        } asking: { resolver, _ in
            let found = await resolver.domain("example.org")
            #expect(found.status == .mx)
            #expect(found.dnssec == .insecure)
            #expect(await resolver.check().validation == .undecided)
        }
    }
}
