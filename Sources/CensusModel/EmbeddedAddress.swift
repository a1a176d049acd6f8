/// IPv6 addresses that carry an IPv4 address: a packet to one ends at, or goes by way of, the IPv4 host inside.
extension IPAddress {
    /// The IPv4 address that the system dials when it is told this IPv4-mapped one (RFC 4291 §2.5.5.2); any other
    /// address as it is.
    public var unmapped: IPAddress {
        guard case .v6(0, let low) = self, low >> 32 == 0xffff else { return self }
        return .v4(UInt32(truncatingIfNeeded: low))
    }

    /// The IPv4 addresses inside an IPv6 address; empty for IPv4, and for IPv6 that carries none.
    ///
    /// Mapped and compatible (RFC 4291 §2.5.5), translated (RFC 2765 §2.1), NAT64 under its well-known prefix and the local
    /// one with a prefix of 96 bits (RFC 6052 §2.1, RFC 8215), 6to4 (RFC 3056 §2), Teredo with its server and its client
    /// (RFC 4380 §4), and ISATAP (RFC 5214 §6.1).
    public var embeddedIPv4: [IPAddress] {
        guard case .v6(let high, let low) = self else { return [] }
        let last = IPAddress.v4(UInt32(truncatingIfNeeded: low))
        if high == 0 {
            // ::/96, but for :: and ::1, and ::ffff:0:0/96 and ::ffff:0:0:0/96.
            if low >> 32 == 0 { return low > 1 ? [last] : [] }
            return low >> 32 == 0xffff || low >> 32 == 0xffff_0000 ? [last] : []
        }
        if high == Self.wellKnownNAT64, low >> 32 == 0 { return [last] }
        if high >> 16 == 0x0064_ff9b_0001 { return [last] }
        var inside: [IPAddress] = []
        if high >> 48 == 0x2002 { inside.append(.v4(UInt32(truncatingIfNeeded: high >> 16))) }
        if high >> 32 == 0x2001_0000 {
            // The client's address is kept inverted, so that translators on the way leave it alone.
            inside += [.v4(UInt32(truncatingIfNeeded: high)), .v4(~UInt32(truncatingIfNeeded: low))]
        }
        if low >> 32 == 0x0000_5efe || low >> 32 == 0x0200_5efe { inside.append(last) }
        return inside
    }

    /// Upper half of 64:ff9b::/96.
    static let wellKnownNAT64: UInt64 = 0x0064_ff9b_0000_0000
}
