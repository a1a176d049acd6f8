import CensusModel

/// A DNS name as octets: any octet may occur in a label (RFC 2181 §11). Letters are lower case, so equality is DNS's own.
struct WireName: Hashable, Sendable {
    /// Length-prefixed labels with the final zero; 1…255 octets.
    let octets: [UInt8]

    /// Takes labels as they stand in a message; nil when a label or the name is too long (RFC 1035 §2.3.4).
    init?(labels: [ArraySlice<UInt8>]) {
        var octets: [UInt8] = []
        for label in labels {
            guard (1...63).contains(label.count) else { return nil }
            octets.append(UInt8(label.count))
            octets += label.lazy.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
        }
        octets.append(0)
        guard octets.count <= 255 else { return nil }
        self.octets = octets
    }

    /// The name in wire form; a `DomainName` always fits.
    init?(_ name: DomainName) {
        let octets = Array(name.text.utf8)
        self.init(labels: octets.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false))
    }

    static let root = WireName(rootOctets: [0])

    private init(rootOctets: [UInt8]) { octets = rootOctets }

    var isRoot: Bool { octets.count == 1 }

    var labels: [ArraySlice<UInt8>] {
        var result: [ArraySlice<UInt8>] = []
        var at = 0
        while at < octets.count, octets[at] != 0 {
            let end = at + 1 + Int(octets[at])
            result.append(octets[(at + 1)..<end])
            at = end
        }
        return result
    }

    /// The name as text without final dot: that of a `DomainName` where it is one, otherwise escaped by `EscapedText`,
    /// with dots inside a label as `\x2e`, so that a strange name never looks like another, valid one.
    var text: String {
        labels.map { label in
            EscapedText.escape(label).split(separator: ".", omittingEmptySubsequences: false).joined(separator: "\\x2e")
        }.joined(separator: ".")
    }

    /// Presentation form with every unusual octet as `\DDD` (RFC 1035 §5.1), as DNS libraries take it.
    var presentation: String {
        isRoot
            ? "."
            : labels.map { label in
                label.map { octet in
                    let plain =
                        (0x61...0x7a).contains(octet) || (0x30...0x39).contains(octet) || octet == 0x2d || octet == 0x5f
                    if plain { return String(UnicodeScalar(octet)) }
                    let digits = String(octet)
                    return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
                }.joined()
            }.joined(separator: ".") + "."
    }
}
