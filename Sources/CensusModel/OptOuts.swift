/// One thing that is left alone because its owner asked for it.
public enum OptOut: Hashable, Sendable {
    /// Addresses; also in IPv6 forms that carry one of them.
    case network(CIDR)
    /// A domain and every name below it.
    case domain(DomainName)
}

extension OptOut: CustomStringConvertible {
    /// `192.0.2.0/24` or `example.org`.
    public var description: String {
        switch self {
        case .network(let block): block.description
        case .domain(let name): name.text
        }
    }
}

/// Networks and domains that are left alone, in a form that answers quickly whatever their number.
///
/// Networks become ranges of addresses, sorted and merged, in which one is found by halving; domains a set in which a
/// name and its parents are looked up. Memory grows with the entries alone.
public struct OptOuts: Sendable, Hashable {
    /// Disjoint, ascending.
    private let ranges: [ClosedRange<IPAddress>]
    private let domains: Set<Substring>

    /// Nothing is left alone.
    public static let none = OptOuts([])

    /// Leaves `entries` alone.
    public init(_ entries: some Sequence<OptOut>) {
        var ranges: [ClosedRange<IPAddress>] = []
        var domains: Set<Substring> = []
        for entry in entries {
            switch entry {
            case .network(let block): ranges.append(block.unmapped.base...block.unmapped.last)
            case .domain(let name): domains.insert(Substring(name.text))
            }
        }
        self.ranges = Self.merge(ranges)
        self.domains = domains
    }

    /// True when nothing is left alone.
    public var isEmpty: Bool { ranges.isEmpty && domains.isEmpty }

    /// True when `address`, or an IPv4 address that it carries, lies in a network that is left alone.
    public func contains(_ address: IPAddress) -> Bool {
        guard !ranges.isEmpty else { return false }
        return holds(address.unmapped) || address.embeddedIPv4.contains(where: holds)
    }

    /// True when `name`, a normalised name, or a parent of it is left alone. A text that is no name may be given too.
    public func covers(_ name: String) -> Bool {
        guard !domains.isEmpty else { return false }
        var rest = Substring(name)
        while !domains.contains(rest) {
            guard let dot = rest.firstIndex(of: ".") else { return false }
            rest = rest[rest.index(after: dot)...]
        }
        return true
    }

    private func holds(_ address: IPAddress) -> Bool {
        // The first range that does not end before the address.
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < address { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound <= address
    }

    private static func merge(_ ranges: [ClosedRange<IPAddress>]) -> [ClosedRange<IPAddress>] {
        var merged: [ClosedRange<IPAddress>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let before = merged.last, range.lowerBound <= before.upperBound {
                merged[merged.count - 1] = before.lowerBound...max(before.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }
}
