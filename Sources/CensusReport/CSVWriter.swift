/// Appends CSV (RFC 4180: comma, CRLF, quotes doubled) to a byte buffer.
///
/// Cells whose text comes from people or from the network are written by `foreign`: one that begins with `=`, `+`, `-`,
/// `@`, TAB or CR gets an apostrophe before it, because spreadsheets would take it for a formula. Numbers and codes of
/// our own are written as they are.
struct CSVWriter {
    var bytes: [UInt8]
    private var atRowStart = true

    init(appendingTo bytes: [UInt8] = []) { self.bytes = bytes }

    mutating func header(_ names: [String]) {
        for name in names { own(name) }
        endRow()
    }

    mutating func endRow() {
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
        atRowStart = true
    }

    /// An empty cell: the value is not known or does not apply.
    mutating func null() { separate() }

    /// Text of this program, which never begins like a formula; quoted where needed.
    mutating func own(_ text: String) {
        separate()
        appendCell(text, guarded: false)
    }

    /// Text that people or the network chose.
    mutating func foreign(_ text: String?) {
        separate()
        if let text { appendCell(text, guarded: true) }
    }

    mutating func bool(_ value: Bool?) {
        separate()
        guard let value else { return }
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    mutating func number(_ value: some BinaryInteger) {
        separate()
        bytes.append(contentsOf: String(value).utf8)
    }

    mutating func number(_ value: Double) {
        separate()
        JSONWriter.appendNumber(value, to: &bytes, notFinite: "")
    }

    /// A cell whose bytes the caller appends; they must need no quotes.
    mutating func plain(_ append: (inout [UInt8]) -> Void) {
        separate()
        append(&bytes)
    }

    /// A cell that holds a JSON text: always quoted.
    mutating func json(_ append: (inout JSONWriter) -> Void) {
        separate()
        var writer = JSONWriter()
        append(&writer)
        appendQuoted(writer.bytes, guarded: false)
    }

    private mutating func separate() {
        if !atRowStart { bytes.append(UInt8(ascii: ",")) }
        atRowStart = false
    }

    private mutating func appendCell(_ text: String, guarded: Bool) {
        var text = text
        text.withUTF8 { cell in
            if cell.allSatisfy(Self.isPlain), !guarded || !Self.beginsLikeFormula(cell.first) {
                bytes.append(contentsOf: cell)
            } else {
                appendQuoted(cell, guarded: guarded)
            }
        }
    }

    private mutating func appendQuoted(_ cell: some Collection<UInt8>, guarded: Bool) {
        bytes.append(UInt8(ascii: "\""))
        if guarded, Self.beginsLikeFormula(cell.first) { bytes.append(UInt8(ascii: "'")) }
        for byte in cell {
            switch byte {
            case UInt8(ascii: "\""):
                bytes.append(byte)
                bytes.append(byte)
            case UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                bytes.append(byte)
            case 0..<0x20, 0x7f:
                // Cannot be shown; never sent to a terminal as it is.
                bytes.append(contentsOf: "\\x".utf8)
                JSONWriter.appendHex(byte, to: &bytes)
            default:
                bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7f && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: ",")
    }

    private static func beginsLikeFormula(_ first: UInt8?) -> Bool {
        switch first {
        case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"), UInt8(ascii: "\t"),
            UInt8(ascii: "\r"):
            true
        default:
            false
        }
    }
}
