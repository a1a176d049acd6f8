import CensusModel
import CensusRules
import Testing

@Suite("A certificate names a host")
struct NameCheckTests {
    /// RFC 9525 §6.3 and RFC 6125 §6.4.3 with their examples; the Yahoo case of the 2014 study.
    @Test(
        "by RFC 9525",
        arguments: [
            ("mta5.am0.yahoodns.net", ["*.yahoodns.net"], HostNameCheck.Match.mismatch),
            ("am0.yahoodns.net", ["*.yahoodns.net"], .dnsName(wildcard: true)),
            ("mta5.am0.yahoodns.net", ["*.am0.yahoodns.net"], .dnsName(wildcard: true)),
            ("yahoodns.net", ["*.yahoodns.net"], .mismatch),
            ("mx.example.org", ["mx.example.org"], .dnsName(wildcard: false)),
            ("mx.example.org", ["*.example.org", "mx.example.org"], .dnsName(wildcard: false)),
            ("mx.example.org", ["MX.EXAMPLE.ORG"], .dnsName(wildcard: false)),
            ("mx.example.org", ["mx.example.org."], .dnsName(wildcard: false)),
            ("mx.example.org", ["*.Example.org."], .dnsName(wildcard: true)),
            ("mx.example.org", ["example.org"], .mismatch),
            ("mx.example.org", ["xmx.example.org", "mx.example.or", "mx.example.orgg"], .mismatch),
            ("mx1.example.org", ["mx*.example.org"], .mismatch),
            ("mx1.example.org", ["*1.example.org"], .mismatch),
            ("a.b.example.org", ["*.*.example.org"], .mismatch),
            ("a.b.example.org", ["a.*.example.org"], .mismatch),
            ("example.org", ["*.org"], .mismatch),
            ("example.org", ["*"], .mismatch),
            ("mx.example.org", ["*."], .mismatch),
            ("mx.example.org", [""], .mismatch),
            ("mx.example.org", ["mx.example.org\\x00.evil.example"], .mismatch),
            ("xn--mller-kva.example.org", ["*.example.org"], .dnsName(wildcard: true)),
            ("xn--mller-kva.example.org", ["xn--mller-kva.example.org"], .dnsName(wildcard: false)),
            ("m_x.example.org", ["*.example.org"], .dnsName(wildcard: true)),
            // U-labels, and what Unicode takes for the same as ASCII: the Kelvin sign, full width, a combining mark.
            ("xn--mller-kva.example.org", ["müller.example.org"], .mismatch),
            ("xn--mller-kva.example.org", ["*ller-kva.example.org", "xn--*.example.org"], .mismatch),
            ("mk.example.org", ["m\u{212a}.example.org"], .mismatch),
            ("mk.example.org", ["\u{ff4d}\u{ff4b}.example.org"], .mismatch),
            ("mx.example.org", ["mx.example.org\u{301}"], .mismatch),
            ("mx.example.org", ["*\u{301}.example.org"], .mismatch),
            // Dots.
            ("mx.example.org", ["mx.example.org.."], .mismatch),
            ("mx.example.org", [".mx.example.org", ".", "..", "*..example.org"], .mismatch),
            ("mx.example.org", ["mx example org", "mx.example.org ", " mx.example.org"], .mismatch),
            ("example", ["*", "*.", "*.example"], .mismatch),
            ("example", ["example"], .dnsName(wildcard: false)),
            // A wildcard stands for one whole label, however long.
            (String(repeating: "a", count: 63) + ".example.org", ["*.example.org"], .dnsName(wildcard: true)),
            ("mx.example.org", [String(repeating: "a.", count: 5000) + "example.org"], .mismatch),
            ("a.mx.example.org", ["*.example.org", "*.mx.example.org"], .dnsName(wildcard: true)),
            ("192.0.2.1.example.org", ["192.0.2.1"], .mismatch),
        ] as [(String, [String], HostNameCheck.Match)])
    func names(name: String, names: [String], expected: HostNameCheck.Match) throws {
        #expect(HostNameCheck.match(try #require(host(name)), facts(names)) == expected)
    }

    @Test("by the common name only when there is no dNSName at all")
    func commonName() throws {
        let mx = try #require(host("mx.example.org"))
        #expect(HostNameCheck.match(mx, facts([], commonName: "mx.example.org")) == .commonName(wildcard: false))
        #expect(HostNameCheck.match(mx, facts([], commonName: "*.example.org")) == .commonName(wildcard: true))
        #expect(HostNameCheck.match(mx, facts([], commonName: "Example Organisation")) == .mismatch)
        #expect(HostNameCheck.match(mx, facts(["other.example"], commonName: "mx.example.org")) == .mismatch)
        #expect(HostNameCheck.match(mx, facts([])) == .mismatch)
    }

    /// RFC 6125 §6.4.4 lets the common name stand in only where no identifier of another kind is there.
    @Test("not by the common name when there is a subjectAltName without any dNSName")
    func emptyAlternativeNames() throws {
        let mx = try #require(host("mx.example.org"))
        let certificate = facts([], commonName: "mx.example.org", alternativeNames: true)
        #expect(HostNameCheck.match(mx, certificate) == .mismatch)
    }

    @Test(
        "by the common name as strictly as by any other",
        arguments: ["m*.example.org", "*.org", "m\u{212a}.example.org"])
    func commonNameRules(name: String) throws {
        let hosts = try ["mx.example.org", "example.org", "mk.example.org"].map { try #require(host($0)) }
        #expect(hosts.allSatisfy { HostNameCheck.match($0, facts([], commonName: name)) == .mismatch })
    }

    @Test("not when a wildcard is too far up, which is told apart from another name")
    func tooDeep() throws {
        let yahoo = try #require(host("mta5.am0.yahoodns.net"))
        #expect(HostNameCheck.isWildcardTooDeep(yahoo, facts(["*.yahoodns.net"])))
        #expect(!HostNameCheck.isWildcardTooDeep(yahoo, facts(["*.example.net"])))
        #expect(!HostNameCheck.isWildcardTooDeep(yahoo, facts(["*.yahoodns.net", "*.am0.yahoodns.net"])))
    }
}
