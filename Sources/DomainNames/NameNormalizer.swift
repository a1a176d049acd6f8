import CMXIDN
import CensusModel

/// Turns what a person wrote into a normalised mail domain.
///
/// Accepted: any case, spaces around, one final dot, an e-mail address (its domain counts), Unicode names (UTS #46
/// non-transitional mapping, then IDNA2008 A-labels, by libidn2).
/// Decided: `_` is accepted anywhere, since names with it exist in DNS and receive mail, although RFC 5321 §2.3.5 has
/// no place for it; a hyphen at the edge of a label is not. ASCII labels that begin with `xn--` are taken as they are:
/// DNS holds names of the older IDNA, and the census asks DNS, not a registry. A name has at least two labels.
public enum NameNormalizer {
    /// The domain that `text` stands for.
    public static func domain(from text: some StringProtocol) -> Result<DomainName, NameProblem> {
        var copy = String(text)
        return copy.withUTF8 { domain(fromUTF8: $0) }
    }

    /// The same for bytes that should be UTF-8. Plain ASCII names take a short path without allocation but the result.
    public static func domain(fromUTF8 bytes: UnsafeBufferPointer<UInt8>) -> Result<DomainName, NameProblem> {
        var text = trimmed(bytes[...])
        if !text.isEmpty, text.allSatisfy(isNameByte) { return asciiName(withoutFinalDot(text)) }
        if let at = text.lastIndex(of: UInt8(ascii: "@")) {
            if let problem = shapeProblem(text) { return .failure(problem) }
            text = text[(at + 1)...]
            if text.last == UInt8(ascii: ">") { text = text.dropLast() }
            guard !text.isEmpty else { return .failure(.noDomainInAddress) }
        }
        text = withoutFinalDot(text)
        guard !text.isEmpty else { return .failure(.empty) }
        if let problem = shapeProblem(text) { return .failure(problem) }
        return text.allSatisfy({ $0 < 0x80 }) ? asciiName(text) : unicodeName(text)
    }

    private typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default:
            false
        }
    }

    private static func withoutFinalDot(_ text: Bytes) -> Bytes {
        text.last == UInt8(ascii: ".") && text.count > 1 ? text.dropLast() : text
    }

    private static func trimmed(_ bytes: Bytes) -> Bytes {
        let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0d).contains(byte) }
        var result = bytes.drop(while: isSpace)
        while let last = result.last, isSpace(last) { result = result.dropLast() }
        return result
    }

    /// Things that are no name at all, each with its own reason.
    private static func shapeProblem(_ text: Bytes) -> NameProblem? {
        if text.contains(UInt8(ascii: "/")) { return .url }
        if text.first == UInt8(ascii: "[") { return .ipAddress }
        guard text.contains(UInt8(ascii: ":")), !text.contains(UInt8(ascii: "@")) else { return nil }
        return IPAddress(String(decoding: text, as: UTF8.self)) == nil ? .port : .ipAddress
    }

    /// Lower case, then the rules of names.
    private static func asciiName(_ text: Bytes) -> Result<DomainName, NameProblem> {
        guard text.count <= 253 else { return .failure(.nameTooLong) }
        let lower = String(unsafeUninitializedCapacity: text.count) { buffer in
            var index = 0
            for byte in text {
                buffer[index] = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
                index += 1
            }
            return index
        }
        if let problem = labelProblem(lower.utf8) {
            // A strange character says more than the shape of the labels that it is in.
            return .failure(firstForbidden(lower).map { .forbiddenCharacter($0) } ?? problem)
        }
        guard let name = DomainName(normalized: lower) else {
            return .failure(.forbiddenCharacter(firstForbidden(lower) ?? "?"))
        }
        return .success(name)
    }

    /// What `DomainName` itself does not forbid, and the reasons that it does not give.
    private static func labelProblem(_ text: String.UTF8View) -> NameProblem? {
        let hyphen = UInt8(ascii: "-")
        var length = 0
        var labels = 1
        var digitsOnly = true
        var previous: UInt8 = 0
        for byte in text {
            if byte == UInt8(ascii: ".") {
                if length == 0 { return .emptyLabel }
                if previous == hyphen { return .hyphenAtEdge }
                labels += 1
                length = 0
                digitsOnly = true
            } else {
                if length == 0, byte == hyphen { return .hyphenAtEdge }
                length += 1
                if length > 63 { return .labelTooLong }
                if !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { digitsOnly = false }
            }
            previous = byte
        }
        if length == 0 { return .emptyLabel }
        if previous == hyphen { return .hyphenAtEdge }
        if digitsOnly { return IPAddress(String(text)) == nil ? .numericTopLevel : .ipAddress }
        return labels < 2 ? .singleLabel : nil
    }

    private static func firstForbidden(_ text: String) -> Unicode.Scalar? {
        text.unicodeScalars.first { scalar in
            switch scalar {
            case "a"..."z", "0"..."9", "-", "_", ".": false
            default: true
            }
        }
    }

    private static func unicodeName(_ text: Bytes) -> Result<DomainName, NameProblem> {
        guard let valid = String(validating: text, as: UTF8.self) else { return .failure(.notUTF8) }
        // libidn2 works on C strings: a NUL would hide what follows it.
        if let bad = valid.unicodeScalars.first(where: { $0.value < 0x20 || $0.value == 0x7f }) {
            return .failure(.forbiddenCharacter(bad))
        }
        var encoded: UnsafeMutablePointer<UInt8>?
        let flags = Int32(bitPattern: IDN2_NFC_INPUT.rawValue | IDN2_NONTRANSITIONAL.rawValue)
        let status = valid.withCString { source in
            source.withMemoryRebound(to: UInt8.self, capacity: valid.utf8.count + 1) {
                idn2_lookup_u8($0, &encoded, flags)
            }
        }
        defer { idn2_free(encoded) }
        guard status == IDN2_OK.rawValue, let encoded else { return .failure(idnaProblem(status)) }
        let ascii = UnsafeBufferPointer(start: encoded, count: String(cString: encoded).utf8.count)
        // Full-width digits and dots map to ASCII: the result may turn out to be an address or end with a dot.
        let bare = ascii.last == UInt8(ascii: ".") ? ascii.dropLast() : ascii[...]
        return bare.isEmpty ? .failure(.empty) : asciiName(bare)
    }

    private static func idnaProblem(_ status: Int32) -> NameProblem {
        switch status {
        case IDN2_TOO_BIG_LABEL.rawValue, IDN2_PUNYCODE_BIG_OUTPUT.rawValue: .labelTooLong
        case IDN2_TOO_BIG_DOMAIN.rawValue: .nameTooLong
        default: .idna(idn2_strerror(status).map { String(cString: $0) } ?? "error \(status)")
        }
    }
}
