/// Which addresses the census may contact.
///
/// Special-purpose space (IANA IPv4 and IPv6 Special-Purpose Address Registries, RFC 6890 and updates), multicast, and
/// IPv6 outside 2000::/3, which IANA has not given out, is never contacted unless an operator allows a block explicitly, as
/// the lab does for loopback. IPv6 forms that carry an IPv4 address are judged by the address inside as well.
///
/// Three decisions where the registries leave room:
/// - What they call globally reachable is forbidden all the same where it is infrastructure and never a mail host: AS112,
///   AMT, PCP, TURN, ORCHIDv2, DRIP.
/// - Of NAT64 and 6to4 the address inside decides. Behind a DNS64, names with IPv4 alone have no other form.
/// - What an operator allows, he allows as the address that is dialled. An allowed IPv4 block opens its mapped form, since
///   the system dials that as IPv4; it does not open NAT64, 6to4, Teredo or ISATAP forms, which end in somebody
///   else's network.
public struct ContactPolicy: Hashable, Sendable, Codable {
    /// Blocks of special-purpose space that may be contacted all the same.
    public var allowed: [CIDR]

    /// A policy that additionally allows `allowed`; by default nothing special is allowed.
    public init(allowed: [CIDR] = []) { self.allowed = allowed }

    /// True when `address` may be dialled.
    public func permits(_ address: IPAddress) -> Bool {
        let dialled = address.unmapped
        guard allowed.contains(where: { $0.contains(dialled) }) || !Self.isSpecial(dialled) else { return false }
        return dialled.embeddedIPv4.allSatisfy { !Self.isSpecial($0) }
    }

    private static func isSpecial(_ address: IPAddress) -> Bool {
        if case .v6(IPAddress.wellKnownNAT64, let low) = address, low >> 32 == 0 { return false }
        return specialPurpose.contains { $0.contains(address) }
    }

    /// What is not contacted, but for the well-known prefix of NAT64, which is judged by the address inside.
    public static let specialPurpose: [CIDR] = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        // Inside 2000::/3.
        "2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20",
        // Everything else: mapped, compatible, local NAT64, discard-only, SRv6, unique local, link-local, multicast …
        "::/3", "4000::/2", "8000::/1",
    ].map { text in
        guard let block = CIDR(text) else { preconditionFailure("special-purpose table: \(text)") }
        return block
    }
}
