/// A DNS name in normalised presentation form: ASCII (IDNA A-labels), lower case, no final dot.
///
/// The initialiser only accepts names that already have this form; turning what a person wrote into it
/// (case, Unicode, e-mail addresses) is the work of the `DomainNames` module.
/// Limits are those of RFC 1035 §2.3.4: 63 octets a label, 253 characters in all.
public struct DomainName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The name as text, for example `mx1.example.org`.
    public let text: String

    /// Accepts `text` when it is a normalised name; nil otherwise. Letters, digits, `-` and `_` are accepted
    /// (`_` occurs in real MX hosts), an empty label or one over 63 octets is not.
    public init?(normalized text: String) {
        guard Self.isNormalized(text.utf8) else { return nil }
        self.text = text
    }

    /// The labels from left to right.
    public var labels: [Substring] { text.split(separator: ".", omittingEmptySubsequences: false) }

    /// Same as `text`.
    public var description: String { text }

    /// Byte order, as `COLLATE "C"` in PostgreSQL.
    public static func < (left: DomainName, right: DomainName) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    private static func isNormalized(_ bytes: String.UTF8View) -> Bool {
        guard !bytes.isEmpty, bytes.count <= 253 else { return false }
        var labelLength = 0
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "."):
                guard labelLength > 0 else { return false }
                labelLength = 0
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"):
                labelLength += 1
                guard labelLength <= 63 else { return false }
            default:
                return false
            }
        }
        return labelLength > 0
    }
}

extension DomainName: Codable {
    /// Decodes text. Throws `DecodingError` when it is not a normalised name.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let name = DomainName(normalized: text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not a normalised domain name"))
        }
        self = name
    }

    /// Encodes `text`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
