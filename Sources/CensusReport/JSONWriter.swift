/// Appends JSON (RFC 8259) to a byte buffer, in the order in which it is called. No value is built in between.
struct JSONWriter {
    var bytes: [UInt8]
    private var needsComma = false

    init(appendingTo bytes: [UInt8] = []) { self.bytes = bytes }

    // MARK: Structure

    mutating func object(_ body: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "{"))
        body(&self)
        close(UInt8(ascii: "}"))
    }

    mutating func array<Element>(_ elements: some Sequence<Element>, _ body: (inout JSONWriter, Element) -> Void) {
        open(UInt8(ascii: "["))
        for element in elements { body(&self, element) }
        close(UInt8(ascii: "]"))
    }

    /// A key of this program's own: ASCII without anything to escape. Exactly one value follows.
    mutating func key(_ name: StaticString) {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = false
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    /// A key that is only known at run time.
    mutating func key(named name: String) {
        string(name)
        needsComma = false
        bytes.append(UInt8(ascii: ":"))
    }

    // MARK: Values

    mutating func string(_ value: String?) {
        guard let value else { return null() }
        separate()
        Self.appendString(value, to: &bytes)
    }

    mutating func bool(_ value: Bool?) {
        guard let value else { return null() }
        separate()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    mutating func number(_ value: some BinaryInteger) {
        separate()
        bytes.append(contentsOf: String(value).utf8)
    }

    /// A finite number, or null.
    mutating func number(_ value: Double?) {
        guard let value else { return null() }
        separate()
        Self.appendNumber(value, to: &bytes, notFinite: "null")
    }

    /// A share with six decimals, or null.
    mutating func share(_ value: Double?) {
        guard let value, value.isFinite else { return null() }
        separate()
        bytes.append(contentsOf: NumberFormat.fixed(value, digits: 6).utf8)
    }

    mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    /// A string whose bytes the caller appends; they must need no escape.
    mutating func plainString(_ append: (inout [UInt8]) -> Void) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        append(&bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    // MARK: Bytes

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    /// Whole numbers without a fraction, others in their shortest exact form.
    static func appendNumber(_ value: Double, to bytes: inout [UInt8], notFinite: String) {
        guard value.isFinite else {
            bytes.append(contentsOf: notFinite.utf8)
            return
        }
        if value == value.rounded(), value.magnitude < 9e15 {
            bytes.append(contentsOf: String(Int64(value)).utf8)
        } else {
            bytes.append(contentsOf: value.description.utf8)
        }
    }

    /// Quotes, backslashes, control characters (C0, DEL, C1) are escaped; all other text stays UTF-8.
    static func appendString(_ value: String, to bytes: inout [UInt8]) {
        var value = value
        bytes.append(UInt8(ascii: "\""))
        value.withUTF8 { text in
            if text.allSatisfy(isPlain) {
                bytes.append(contentsOf: text)
            } else {
                appendEscaped(text, to: &bytes)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7f && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private static func appendEscaped(_ text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        var position = 0
        while position < text.count {
            let byte = text[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
            case UInt8(ascii: "\r"): bytes.append(contentsOf: "\\r".utf8)
            case UInt8(ascii: "\t"): bytes.append(contentsOf: "\\t".utf8)
            case 0..<0x20, 0x7f: appendUnicodeEscape(byte, to: &bytes)
            case 0xc2 where position < text.count && text[position] < 0xa0:
                // U+0080…U+009F: the code point is the second byte.
                appendUnicodeEscape(text[position], to: &bytes)
                position += 1
            default: bytes.append(byte)
            }
        }
    }

    private static func appendUnicodeEscape(_ byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "\\u00".utf8)
        appendHex(byte, to: &bytes)
    }

    static func appendHex(_ byte: UInt8, to bytes: inout [UInt8]) {
        for digit in [byte >> 4, byte & 15] {
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
