/// Writes rows in the binary format of COPY.
public struct CopyStream: ~Copyable {
    @usableFromInline var writer = BinaryWriter()
    /// `end` was called.
    public private(set) var isEnded = false

    /// Begins with the signature, no flags, no header extension (PostgreSQL documentation, "COPY", "Binary Format").
    public init() {
        writer.append(Array("PGCOPY\n".utf8) + [0xff, 0x0d, 0x0a, 0x00] + Array(repeating: 0, count: 8))
    }

    /// Adds a row of as many fields as `fields` appends, each of which must have exactly its column's type.
    @inlinable public mutating func row(of count: Int16, _ fields: (inout BinaryWriter) -> Void) {
        writer.append(count)
        fields(&writer)
    }

    /// What was added since the last call.
    public mutating func take() -> [UInt8] { writer.take() }

    /// The same, with the trailer: nothing may follow.
    public mutating func end() -> [UInt8] {
        isEnded = true
        writer.append(Int16(-1))
        return take()
    }
}
