import CensusModel
import Testing

/// The rows of https://www.iana.org/assignments/iana-ipv4-special-registry and …/iana-ipv6-special-registry, written down
/// by hand in 2026: block, "Globally Reachable" (`-`: N/A or blank), and name.
private let registry = """
    0.0.0.0/8           False  "This network"
    0.0.0.0/32          False  "This host on this network"
    10.0.0.0/8          False  Private-Use
    100.64.0.0/10       False  Shared Address Space
    127.0.0.0/8         False  Loopback
    169.254.0.0/16      False  Link Local
    172.16.0.0/12       False  Private-Use
    192.0.0.0/24        False  IETF Protocol Assignments
    192.0.0.0/29        False  IPv4 Service Continuity Prefix
    192.0.0.8/32        False  IPv4 dummy address
    192.0.0.9/32        True   Port Control Protocol Anycast
    192.0.0.10/32       True   Traversal Using Relays around NAT Anycast
    192.0.0.170/32      False  NAT64/DNS64 Discovery
    192.0.0.171/32      False  NAT64/DNS64 Discovery
    192.0.2.0/24        False  Documentation (TEST-NET-1)
    192.31.196.0/24     True   AS112-v4
    192.52.193.0/24     True   AMT
    192.88.99.0/24      -      Deprecated (6to4 Relay Anycast)
    192.88.99.2/32      False  6a44-relay anycast address
    192.168.0.0/16      False  Private-Use
    192.175.48.0/24     True   Direct Delegation AS112 Service
    198.18.0.0/15       False  Benchmarking
    198.51.100.0/24     False  Documentation (TEST-NET-2)
    203.0.113.0/24      False  Documentation (TEST-NET-3)
    240.0.0.0/4         False  Reserved
    255.255.255.255/32  False  Limited Broadcast
    ::1/128             False  Loopback Address
    ::/128              False  Unspecified Address
    ::ffff:0:0/96       False  IPv4-mapped Address
    64:ff9b::/96        True   IPv4-IPv6 Translat.
    64:ff9b:1::/48      False  IPv4-IPv6 Translat.
    100::/64            False  Discard-Only Address Block
    100:0:0:1::/64      False  Dummy IPv6 Prefix
    2001::/23           False  IETF Protocol Assignments
    2001::/32           -      TEREDO
    2001:1::1/128       True   Port Control Protocol Anycast
    2001:1::2/128       True   Traversal Using Relays around NAT Anycast
    2001:1::3/128       True   DNS-SD Service Registration Protocol Anycast
    2001:2::/48         False  Benchmarking
    2001:3::/32         True   AMT
    2001:4:112::/48     True   AS112-v6
    2001:10::/28        -      Deprecated (previously ORCHID)
    2001:20::/28        True   ORCHIDv2
    2001:30::/28        True   Drone Remote ID Protocol Entity Tags (DETs) Prefix
    2001:db8::/32       False  Documentation
    2002::/16           -      6to4
    2620:4f:8000::/48   True   Direct Delegation AS112 Service
    3fff::/20           False  Documentation
    5f00::/16           False  Segment Routing (SRv6) SIDs
    fc00::/7            False  Unique-Local
    fe80::/10           False  Link-Local Unicast
    """

@Suite("Special-purpose address space")
struct SpecialPurposeTests {
    /// Forms of IPv4 addresses: the address inside decides, so a block is neither forbidden nor allowed as a whole.
    private static let judgedInside = ["::ffff:0:0/96", "64:ff9b::/96", "2002::/16"]

    private static let blocks: [CIDR] = registry.split(separator: "\n").compactMap { row in
        CIDR(String(row.split(separator: " ")[0]))
    }

    @Test("no block of IANA's registries is contacted: first, last and an address in the middle")
    func registered() throws {
        #expect(Self.blocks.count == registry.split(separator: "\n").count)
        let multicast = try ["224.0.0.0/4", "ff00::/8", "fec0::/10"].map { try #require(CIDR($0)) }
        for block in Self.blocks + multicast where !Self.judgedInside.contains(block.description) {
            for address in Self.samples(block) { #expect(!ContactPolicy().permits(address), "\(address) of \(block)") }
        }
    }

    @Test("no IPv4 block of the registry is contacted in any form that carries its addresses")
    func inside() throws {
        for block in Self.blocks where !block.base.isV6 {
            for address in Self.samples(block) {
                guard case .v4(let value) = address else { continue }
                for form in Self.forms(value) { #expect(!ContactPolicy().permits(form), "\(form) of \(block)") }
            }
        }
    }

    @Test("IPv6 that IANA has not given out is not contacted")
    func unallocated() throws {
        for text in ["::2", "1::1", "1fff:ffff::1", "4000::1", "6000::1", "a000::1", "e000::1", "f800::1", "fe00::1"] {
            #expect(!ContactPolicy().permits(try #require(IPAddress(text))), "\(text)")
        }
        for text in ["2000::1", "2003::1", "3ffe::1", "64:ff9b::9.9.9.9"] {
            #expect(ContactPolicy().permits(try #require(IPAddress(text))), "\(text)")
        }
    }

    @Test("what an operator allows opens the addresses he named, and no form that ends elsewhere")
    func allowed() throws {
        let loopback = ContactPolicy(allowed: [try #require(CIDR("127.0.0.0/8"))])
        #expect(loopback.permits(.v4(0x7f00_0001)))
        for form in Self.forms(0x7f00_0001) {
            #expect(loopback.permits(form) == (form.unmapped == .v4(0x7f00_0001)), "\(form)")
        }
        // An allowed block of IPv6 does not open private addresses behind it.
        let wide = ContactPolicy(allowed: try ["::/0"].map { try #require(CIDR($0)) })
        for form in Self.forms(0x0a00_0001) { #expect(!wide.permits(form), "\(form)") }
        #expect(wide.permits(try #require(IPAddress("fd00::1"))))
        #expect(!wide.permits(try #require(IPAddress("10.0.0.1"))))
        #expect(ContactPolicy(allowed: [try #require(CIDR("::1/128"))]).permits(try #require(IPAddress("::1"))))
    }

    /// An IPv4 address as the IPv6 addresses that carry it.
    private static func forms(_ value: UInt32) -> [IPAddress] {
        let low = UInt64(value)
        return [
            .v6(0, 0xffff << 32 | low), .v6(0, 0xffff_0000 << 32 | low), .v6(0x0064_ff9b_0000_0000, low),
            .v6(0x0064_ff9b_0001_0000, low), .v6(0x2002 << 48 | low << 16, 1), .v6(0x2001_0000 << 32 | low, 0),
            .v6(0x2001_0000 << 32 | 0x0909_0909, UInt64(~value)), .v6(0x2400_cb00_0000_0000, 0x5efe << 32 | low),
            .v6(0x2400_cb00_0000_0000, 0x0200_5efe << 32 | low),
        ]
    }

    private static func samples(_ block: CIDR) -> [IPAddress] {
        switch (block.base, block.last) {
        case (.v4(let first), .v4(let last)): [block.base, .v4(first + (last - first) / 2), block.last]
        case (.v6(let high, let low), .v6(let lastHigh, let lastLow)):
            [block.base, .v6(high + (lastHigh - high) / 2, low | (lastLow - low) / 2), block.last]
        default: []
        }
    }
}
