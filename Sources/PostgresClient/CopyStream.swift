/// Writes rows in the binary format of COPY.
public struct CopyStream {
    private var bytes: [UInt8]
    /// `end` was called.
    public private(set) var isEnded = false

    /// Begins with the signature, no flags, no header extension (PostgreSQL documentation, "COPY", "Binary Format").
    public init() {
        bytes = Array("PGCOPY\n".utf8) + [0xff, 0x0d, 0x0a, 0x00] + Array(repeating: 0, count: 8)
    }

    /// Adds a row; the values must have exactly the columns' types.
    public mutating func row<each Value: PostgresCodable>(_ values: repeat each Value) {
        var count: Int16 = 0
        for _ in repeat each values { count += 1 }
        bytes.appendBigEndian(count)
        repeat bytes.appendField(each values)
    }

    /// What was added since the last call.
    public mutating func take() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    /// The same, with the trailer: nothing may follow.
    public mutating func end() -> [UInt8] {
        isEnded = true
        bytes.appendBigEndian(Int16(-1))
        return take()
    }
}
