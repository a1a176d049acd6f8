/// Bytes from the network as text that is safe to store and show, and can be turned back into the same bytes.
///
/// Valid UTF-8 without control characters is kept as it is; every other byte becomes `\xNN`, CR, LF and TAB become
/// `\r`, `\n`, `\t`, and a backslash becomes `\\`. Unicode that can reorder or hide text on a terminal (bidirectional
/// controls, zero-width and other format characters, line separators) is escaped byte by byte too.
public enum EscapedText {
    /// Escapes at most `limit` bytes of `bytes`; anything beyond is dropped and marked by a final `\…`.
    public static func escape(_ bytes: some Collection<UInt8>, limit: Int = 4096) -> String {
        let kept = bytes.prefix(limit)
        // Nearly all of it is plain, and this is much faster.
        guard kept.count < bytes.count || !kept.allSatisfy(isPlain) else {
            return String(decoding: kept, as: UTF8.self)
        }
        var result = ""
        result.reserveCapacity(kept.count)
        var rest = Array(kept)[...]
        while let byte = rest.first {
            if isPlain(byte) {
                result.unicodeScalars.append(Unicode.Scalar(byte))
                rest.removeFirst()
            } else if byte >= 0x80, let (scalar, length) = printableScalar(rest) {
                result.unicodeScalars.append(scalar)
                rest.removeFirst(length)
            } else {
                result += escapeSequence(byte)
                rest.removeFirst()
            }
        }
        if bytes.count > limit { result += "\\…" }
        return result
    }

    /// Printable ASCII that stands for itself.
    private static func isPlain(_ byte: UInt8) -> Bool { (0x20..<0x7f).contains(byte) && byte != UInt8(ascii: "\\") }

    private static func escapeSequence(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "\\"): return "\\\\"
        case UInt8(ascii: "\r"): return "\\r"
        case UInt8(ascii: "\n"): return "\\n"
        case UInt8(ascii: "\t"): return "\\t"
        default:
            let hex = String(byte, radix: 16)
            return byte < 16 ? "\\x0\(hex)" : "\\x\(hex)"
        }
    }

    /// The scalar that `bytes` begins with, when it is well-formed UTF-8 and harmless to show.
    private static func printableScalar(_ bytes: ArraySlice<UInt8>) -> (Unicode.Scalar, Int)? {
        guard let first = bytes.first, first >= 0xc2 else { return nil }
        let length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
        guard bytes.count >= length,
            let text = String(validating: bytes.prefix(length), as: UTF8.self),
            let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1
        else { return nil }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
            return nil
        default:
            return (scalar, length)
        }
    }
}
