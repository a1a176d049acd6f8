import CensusModel
import Foundation
import Testing

/// The system's own reading and writing of addresses, for comparison.
enum System {
    static func parse(_ text: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let family = text.contains(":") ? AF_INET6 : AF_INET
        guard inet_pton(family, text, &bytes) == 1 else { return nil }
        return Array(bytes.prefix(family == AF_INET6 ? 16 : 4))
    }

    static func print(_ bytes: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: 64)
        _ = inet_ntop(bytes.count == 16 ? AF_INET6 : AF_INET, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

@Suite("An IP address")
struct IPAddressTests {
    static let texts = [
        "0.0.0.0", "255.255.255.255", "192.0.2.1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ",
        " 1.2.3.4",
        "1..2.3", "", ".", "a.b.c.d", "1.2.3.-4", "+1.2.3.4", "0x1.2.3.4", "1.2.3.0004", "١.2.3.4",
        "::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::8", "1:2:3::6:7:8",
        "1::3::5", ":::", ":1", "1:", "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7", "::ffff:192.0.2.1", "::192.0.2.1",
        "1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:7:192.0.2.1", "192.0.2.1::", "1:192.0.2.1::2", "::192.0.2", "::256.0.0.1",
        "::12345", "::g", "::fFfF", "2001:db8::0001", "fe80::1%eth0", "[::1]", "2001:DB8:0:0:1::1", "::1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7::", "1:2:3:4::5:6:7:8", "0:0:0:0:0:0:0:0", "::0:0", "64:ff9b::c000:201", "::-1", "::１",
    ]

    @Test("is read as inet_pton reads it", arguments: texts)
    func parse(text: String) {
        #expect(IPAddress(text)?.bytes == System.parse(text), "\(text)")
    }

    @Test("survives text and bytes, and is written as inet_ntop writes it")
    func roundTrip() throws {
        var generator = SplitMix(state: 25)
        for round in 0..<4000 {
            let isV6 = round % 2 == 0
            // Few different groups, so that runs of zeros of every length occur.
            let choice: [UInt8] = [0, 0, 0, 1, 0xff, 0x10]
            let bytes = (0..<(isV6 ? 16 : 4)).map { _ in choice[Int(generator.next() % 6)] }
            let address = try #require(IPAddress(bytes: bytes))
            #expect(address.bytes == bytes)
            #expect(IPAddress(address.description) == address)
            // glibc writes IPv4-compatible addresses (::1.2.3.4) in mixed notation, RFC 5952 §5 only known prefixes.
            let isCompatible = isV6 && bytes.prefix(12).allSatisfy { $0 == 0 }
            if !isCompatible { #expect(address.description == System.print(bytes)) }
        }
    }

    @Test("of another number of bytes is none")
    func count() {
        for count in 0..<20 where count != 4 && count != 16 {
            #expect(IPAddress(bytes: [UInt8](repeating: 1, count: count)) == nil)
        }
    }

    @Test("is ordered by family, then number")
    func order() {
        let texts = ["0.0.0.1", "9.0.0.0", "10.0.0.0", "255.0.0.0", "::", "::1", "1::", "ffff::"]
        let addresses = texts.compactMap { IPAddress($0) }
        #expect(addresses.shuffled().sorted() == addresses)
    }

    @Test("belongs to the /24 or /48 whose limits apply")
    func network() {
        #expect(IPAddress("192.0.2.77")?.politenessNetwork.description == "192.0.2.0/24")
        #expect(IPAddress("2001:db8:1:2::3")?.politenessNetwork.description == "2001:db8:1::/48")
    }
}

/// A small deterministic generator (Steele, Lea and Flood, 2014).
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

@Suite("An address block")
struct CIDRTests {
    @Test(
        "is read only in its own form",
        arguments: [
            ("192.0.2.0/24", "192.0.2.0/24"), ("192.0.2.1", "192.0.2.1/32"), ("::/0", "::/0"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:db8::/32", "2001:db8::/32"), ("::1", "::1/128"), ("192.0.2.1/24", nil), ("192.0.2.0/33", nil),
            ("::/129", nil), ("192.0.2.0/", nil), ("192.0.2.0/+8", nil), ("/8", nil), ("192.0.2.0/24/24", nil),
            ("192.0.2.0/-1", nil), ("2001:db8::1/64", nil), ("", nil),
        ] as [(String, String?)])
    func parse(text: String, written: String?) {
        #expect(CIDR(text)?.description == written)
    }

    @Test("holds exactly the addresses whose first bits are its own")
    func contains() throws {
        var generator = SplitMix(state: 48)
        for _ in 0..<2000 {
            let isV6 = generator.next() % 2 == 0
            let bytes = (0..<(isV6 ? 16 : 4)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            var other = bytes
            let bit = Int(generator.next() % UInt64(bytes.count * 8))
            other[bit / 8] ^= 0x80 >> UInt8(bit % 8)
            let length = Int(generator.next() % UInt64(bytes.count * 8 + 1))
            let block = CIDR(try #require(IPAddress(bytes: bytes)), prefixLength: length)
            #expect(block.contains(try #require(IPAddress(bytes: bytes))))
            #expect(block.contains(try #require(IPAddress(bytes: other))) == (bit >= length))
        }
        #expect(CIDR("::/0")?.contains(.v4(0)) == false)
        #expect(CIDR("0.0.0.0/0")?.contains(.v6(0, 0)) == false)
    }
}
