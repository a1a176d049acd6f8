/// What a text of the model may look like, whatever a stranger sent.
enum HostileText {
    /// Throws unless `text` is at most `limit` bytes and can neither steer a terminal nor hide anything on it. Nil is fine.
    static func check(_ text: String?, limit: Int, _ what: String) throws {
        guard let text else { return }
        try holds(text.utf8.count <= limit, "\(what) has \(text.utf8.count) bytes, more than \(limit)")
        if let bad = text.unicodeScalars.first(where: isHarmful) {
            throw BrokenPromise(description: "\(what) holds U+\(String(bad.value, radix: 16))")
        }
    }

    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7f }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: return true
        default: return false
        }
    }

    /// The bytes that were escaped as `text`; nil when it is no escaped text, or was cut.
    static func original(of text: String) -> [UInt8]? {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "\\"): result.append(UInt8(ascii: "\\"))
            case UInt8(ascii: "r"): result.append(0x0d)
            case UInt8(ascii: "n"): result.append(0x0a)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "x"):
                guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
                result.append(value)
                rest = rest.dropFirst(2)
            default: return nil
            }
        }
        return result
    }
}
