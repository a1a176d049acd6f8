import CensusModel

/// What the reply to EHLO says of STARTTLS (RFC 5321 §4.1.1.1, RFC 3207 §2).
///
/// Keywords are compared whole, line by line and without regard to case; the first line is the host's greeting and
/// holds none. A text that merely contains the word offers nothing.
public struct EHLOKeywords: Hashable, Sendable {
    /// A line's keyword is STARTTLS.
    public let offersSTARTTLS: Bool
    /// The first keyword that looks like STARTTLS masked by a firewall; nil when there is none.
    public let maskedKeyword: String?

    /// Reads the lines of a 250 reply.
    public init(_ reply: SMTPReply) {
        var offers = false
        var masked: String?
        for line in reply.lines.dropFirst() {
            let keyword = Self.keyword(line.utf8)
            if Self.isSTARTTLS(keyword) { offers = true }
            if masked == nil, Self.isMasked(keyword) { masked = String(Substring(keyword)) }
        }
        offersSTARTTLS = offers
        maskedKeyword = masked
    }

    /// The first word of a line; some hosts send spaces before it.
    private static func keyword(_ line: String.UTF8View) -> Substring.UTF8View {
        let start = line.drop { $0 == UInt8(ascii: " ") }
        return start.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\\") }
    }

    private static func isSTARTTLS(_ keyword: Substring.UTF8View) -> Bool {
        keyword.count == 8 && keyword.lazy.map(uppercased).elementsEqual("STARTTLS".utf8)
    }

    /// Inspecting firewalls overwrite a keyword with as many filling characters, so eight stand where an eight-letter
    /// keyword stood: `XXXXXXXX`, with the last one counted up in Cisco's (`inspect esmtp`: `XXXXXXXA`, `XXXXXXXB`), or
    /// the same punctuation mark throughout (`********`).
    private static func isMasked(_ keyword: Substring.UTF8View) -> Bool {
        guard keyword.count == 8, let first = keyword.first, let last = keyword.last else { return false }
        let filling = keyword.dropLast()
        if filling.allSatisfy({ uppercased($0) == UInt8(ascii: "X") }) { return isLetterOrDigit(last) }
        return !isLetterOrDigit(first) && first < 0x7f && keyword.allSatisfy { $0 == first }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(uppercased(byte))
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func uppercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte - 32 : byte
    }
}
