/// An address block, for example `192.0.2.0/24`.
public struct CIDR: Hashable, Sendable, CustomStringConvertible {
    /// The first address of the block: host bits are zero.
    public let base: IPAddress
    /// 0…32 for IPv4, 0…128 for IPv6.
    public let prefixLength: Int

    /// The block of `prefixLength` bits that holds `address`.
    public init(_ address: IPAddress, prefixLength: Int) {
        precondition((0...(address.isV6 ? 128 : 32)).contains(prefixLength))
        self.prefixLength = prefixLength
        switch address {
        case .v4(let value):
            base = .v4(value & Self.mask32(prefixLength))
        case .v6(let high, let low):
            base = .v6(high & Self.mask64(prefixLength), low & Self.mask64(prefixLength - 64))
        }
    }

    /// Parses `ADDRESS/LENGTH` or a bare address (one host); nil when malformed or when host bits are set.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(parts[0]) else { return nil }
        let full = address.isV6 ? 128 : 32
        var length = full
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let given = Int(parts[1]), given <= full else {
                return nil
            }
            length = given
        }
        self.init(address, prefixLength: length)
        guard base == address else { return nil }
    }

    /// The last address of the block.
    public var last: IPAddress {
        switch base {
        case .v4(let value): .v4(value | ~Self.mask32(prefixLength))
        case .v6(let high, let low): .v6(high | ~Self.mask64(prefixLength), low | ~Self.mask64(prefixLength - 64))
        }
    }

    /// The IPv4 block of a block of IPv4-mapped addresses; any other block as it is.
    public var unmapped: CIDR {
        let inner = base.unmapped
        return inner.isV6 || !base.isV6 || prefixLength < 96 ? self : CIDR(inner, prefixLength: prefixLength - 96)
    }

    /// True when `address` is of the same family and lies in the block.
    public func contains(_ address: IPAddress) -> Bool {
        address.isV6 == base.isV6 && CIDR(address, prefixLength: prefixLength).base == base
    }

    /// `ADDRESS/LENGTH`, with the length even for a single host.
    public var description: String { "\(base)/\(prefixLength)" }

    private static func mask32(_ length: Int) -> UInt32 { length <= 0 ? 0 : ~0 << UInt32(32 - length) }

    private static func mask64(_ length: Int) -> UInt64 {
        length <= 0 ? 0 : length >= 64 ? ~0 : ~0 << UInt64(64 - length)
    }
}

extension CIDR: Codable {
    /// Decodes the text form. Throws `DecodingError` when it is malformed or has host bits set.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let block = CIDR(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not an address block: \(text)"))
        }
        self = block
    }

    /// Encodes the text form, `ADDRESS/LENGTH`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
