/// Which addresses the census may contact.
///
/// Special-purpose space (IANA IPv4 and IPv6 Special-Purpose Address Registries, RFC 6890 and updates, plus
/// multicast) is never contacted unless an operator allows a block explicitly, as the lab does for loopback.
/// IPv6 forms that carry an IPv4 address (mapped, NAT64, 6to4) are judged by the address inside as well.
public struct ContactPolicy: Hashable, Sendable, Codable {
    /// Blocks of special-purpose space that may be contacted all the same.
    public var allowed: [CIDR]

    /// A policy that additionally allows `allowed`; by default nothing special is allowed.
    public init(allowed: [CIDR] = []) { self.allowed = allowed }

    /// True when `address` may be dialled.
    public func permits(_ address: IPAddress) -> Bool {
        if allowed.contains(where: { $0.contains(address) }) { return true }
        if let inner = Self.embeddedV4(address) { return permits(.v4(inner)) }
        return !Self.specialPurpose.contains { $0.contains(address) }
    }

    /// The IPv4 address inside a mapped (RFC 4291 §2.5.5.2), NAT64 (RFC 6052) or 6to4 (RFC 3056) address.
    private static func embeddedV4(_ address: IPAddress) -> UInt32? {
        guard case .v6(let high, let low) = address else { return nil }
        if high == 0, low >> 32 == 0xffff { return UInt32(truncatingIfNeeded: low) }
        if high == 0x0064_ff9b_0000_0000, low >> 32 == 0 { return UInt32(truncatingIfNeeded: low) }
        if high >> 48 == 0x2002 { return UInt32(truncatingIfNeeded: high >> 16) }
        return nil
    }

    /// IANA special-purpose blocks that are not globally reachable, and multicast.
    public static let specialPurpose: [CIDR] = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32", "2620:4f:8000::/48",
        "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    ].map { text in
        guard let block = CIDR(text) else { preconditionFailure("special-purpose table: \(text)") }
        return block
    }
}
