import CensusModel

/// A DNS name as octets: any octet may occur in a label (RFC 2181 §11). Letters are lower case, so equality is DNS's own.
struct WireName: Hashable, Sendable {
    /// Length-prefixed labels with the final zero; 1…255 octets.
    let octets: [UInt8]

    /// The name in wire form; a `DomainName` always fits.
    init?(_ name: DomainName) {
        // Each dot becomes the length of the label after it, and one length stands before all.
        var octets: [UInt8] = [0]
        octets.reserveCapacity(name.text.utf8.count + 2)
        var start = 0
        for octet in name.text.utf8 {
            if octet == UInt8(ascii: ".") {
                start = octets.count
                octets.append(0)
            } else {
                octets[start] += 1
                octets.append(Self.lowercased(octet))
            }
        }
        octets.append(0)
        guard octets.count <= 255 else { return nil }
        self.octets = octets
    }

    /// Takes octets that have the form of `octets` already.
    init(checked octets: [UInt8]) { self.octets = octets }

    static let root = WireName(checked: [0])

    @inline(__always)
    static func lowercased(_ octet: UInt8) -> UInt8 { (0x41...0x5a).contains(octet) ? octet | 0x20 : octet }

    var isRoot: Bool { octets.count == 1 }

    /// Whether the name ends in `labels`, which are in wire form: with lengths, and the final zero.
    func hasSuffix(_ labels: [UInt8]) -> Bool { octets.suffix(labels.count).elementsEqual(labels) }

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
        plainText
            ?? labels.map { label in
                EscapedText.escape(label).split(separator: ".", omittingEmptySubsequences: false).joined(
                    separator: "\\x2e")
            }.joined(separator: ".")
    }

    /// The text of a name in which every octet stands for itself: nearly all names, and much faster. Nil otherwise.
    private var plainText: String? {
        var text: [UInt8] = []
        text.reserveCapacity(octets.count)
        var labelEnd = 0
        for (at, octet) in octets.dropLast().enumerated() {
            if at == labelEnd {
                labelEnd += Int(octet) + 1
                if at > 0 { text.append(UInt8(ascii: ".")) }
            } else if (0x21..<0x7f).contains(octet), octet != UInt8(ascii: "\\"), octet != UInt8(ascii: ".") {
                text.append(octet)
            } else {
                return nil
            }
        }
        return String(decoding: text, as: UTF8.self)
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
