import CensusModel

/// Why a text is no mail domain. `description` says it to the person who wrote it.
public enum NameProblem: Error, Hashable, Sendable, CustomStringConvertible {
    case empty
    /// `http://…` or a path: only the name is wanted.
    case url
    /// Something follows a colon that is no URL, as in `example.org:25`.
    case port
    /// An IPv4 or IPv6 address, in brackets or not (RFC 5321 §4.1.3).
    case ipAddress
    /// An `@` with nothing behind it.
    case noDomainInAddress
    case singleLabel
    case emptyLabel
    /// RFC 1035 §2.3.4: 63 octets.
    case labelTooLong
    /// RFC 1035 §2.3.4: 253 characters without the final dot.
    case nameTooLong
    /// RFC 5321 §2.3.5, RFC 1123 §2.1.
    case hyphenAtEdge
    /// RFC 3696 §2.
    case numericTopLevel
    case forbiddenCharacter(Unicode.Scalar)
    case notUTF8
    /// The Unicode name has no IDNA form: libidn2's reason.
    case idna(String)

    /// The reason on one line, without the text itself.
    public var description: String {
        switch self {
        case .empty: "no name"
        case .url: "a URL or path: give the domain alone"
        case .port: "a port or other text after the name: give the domain alone"
        case .ipAddress: "an IP address, not a domain name"
        case .noDomainInAddress: "an e-mail address without a domain"
        case .singleLabel: "a single label: a domain has at least two, as in example.org"
        case .emptyLabel: "an empty label (two dots in a row, or one at the beginning)"
        case .labelTooLong: "a label is longer than 63 octets"
        case .nameTooLong: "the name is longer than 253 characters"
        case .hyphenAtEdge: "a label begins or ends with a hyphen"
        case .numericTopLevel: "the top-level domain is a number"
        case .forbiddenCharacter(let scalar):
            "the character \(EscapedText.escape(Array(String(scalar).utf8))) cannot be in a domain name"
        case .notUTF8: "not UTF-8 text"
        case .idna(let reason): "no valid internationalised name: \(reason)"
        }
    }
}
