import CensusModel
import Testing

@Suite("The contact policy")
struct ContactPolicyTests {
    /// Blocks of the IANA special-purpose registries that are not globally reachable, and multicast: first, last, and the
    /// neighbours outside where these are ordinary addresses.
    @Test(
        "never permits special-purpose space",
        arguments: [
            ("0.0.0.0", "0.255.255.255", "1.0.0.0"), ("10.0.0.0", "10.255.255.255", "11.0.0.0"),
            ("100.64.0.0", "100.127.255.255", "100.128.0.0"), ("127.0.0.0", "127.255.255.255", "128.0.0.0"),
            ("169.254.0.0", "169.254.255.255", "169.255.0.0"), ("172.16.0.0", "172.31.255.255", "172.32.0.0"),
            ("192.0.0.0", "192.0.0.255", "192.0.1.0"), ("192.0.2.0", "192.0.2.255", "192.0.3.0"),
            ("192.168.0.0", "192.168.255.255", "192.169.0.0"), ("198.18.0.0", "198.19.255.255", "198.20.0.0"),
            ("198.51.100.0", "198.51.100.255", "198.51.101.0"), ("203.0.113.0", "203.0.113.255", "203.0.114.0"),
            ("224.0.0.0", "239.255.255.255", "223.255.255.255"), ("240.0.0.0", "255.255.255.255", "223.255.255.255"),
            ("::", "::1", "2001:4860::1"), ("100::", "100::ffff:ffff:ffff:ffff", "2003::"),
            ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"),
            ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"),
            ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"), ("5f00::", "5f00:ffff::1", "2a00::"),
            ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2600::"),
            ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2a02::"), ("fec0::", "feff::1", "2a02::"),
            ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2a02::"),
            ("64:ff9b:1::", "64:ff9b:1:ffff::", "2a02::"),
        ])
    func blocks(first: String, last: String, outside: String) throws {
        let policy = ContactPolicy()
        #expect(!policy.permits(try #require(IPAddress(first))))
        #expect(!policy.permits(try #require(IPAddress(last))))
        #expect(policy.permits(try #require(IPAddress(outside))))
    }

    @Test(
        "judges an address inside an IPv6 address as well",
        arguments: [
            ("::ffff:127.0.0.1", false), ("::ffff:10.1.2.3", false), ("::ffff:9.9.9.9", true),
            ("64:ff9b::7f00:1", false), ("64:ff9b::909:909", true), ("64:ff9b::a00:1", false),
            ("2002:7f00:1::1", false), ("2002:a00:1::1", false), ("2002:909:909::1", true), ("::127.0.0.1", false),
            ("::9.9.9.9", false),
        ])
    func embedded(text: String, permitted: Bool) throws {
        #expect(ContactPolicy().permits(try #require(IPAddress(text))) == permitted)
    }

    @Test("permits what an operator allows, and nothing more")
    func allowed() throws {
        let policy = ContactPolicy(allowed: [try #require(CIDR("127.0.0.0/8")), try #require(CIDR("::1/128"))])
        for text in ["127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1"] {
            #expect(policy.permits(try #require(IPAddress(text))), "\(text)")
        }
        for text in ["10.0.0.1", "::2", "0.0.0.0", "fe80::1"] {
            #expect(!policy.permits(try #require(IPAddress(text))), "\(text)")
        }
    }
}
