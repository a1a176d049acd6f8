/// Values of PostgreSQL's binary format, written one after the other.
///
/// Not an array: of that each piece asks first whether somebody else holds it too, and a result consists of 150 pieces.
public struct BinaryWriter: ~Copyable {
    @usableFromInline var start: UnsafeMutableRawPointer
    @usableFromInline var capacity = 256
    /// How many bytes were written.
    @usableFromInline var count = 0

    init() { start = .allocate(byteCount: capacity, alignment: 1) }

    deinit { start.deallocate() }

    /// Appends a number, the most significant byte first.
    @inlinable public mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        let size = MemoryLayout<Number>.size
        room(size).storeBytes(of: number.bigEndian, as: Number.self)
        count += size
    }

    /// Appends the text in UTF-8.
    @inlinable public mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// Appends the bytes as they are.
    @inlinable public mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

    @inlinable mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let from = bytes.baseAddress else { return }
        room(bytes.count).copyMemory(from: from, byteCount: bytes.count)
        count += bytes.count
    }

    /// Appends a field as rows, arrays and composites have it: its length, then its bytes; -1 for NULL.
    @inlinable public mutating func appendField<Value: PostgresCodable>(_ value: Value?) {
        guard let value else { return append(Int32(-1)) }
        appendSized { value.encode(into: &$0) }
    }

    /// Appends what `body` appends, with its length before it.
    @inlinable mutating func appendSized(_ body: (inout BinaryWriter) -> Void) {
        let lengthAt = count
        append(Int32(0))
        body(&self)
        setLength(at: lengthAt)
    }

    /// Writes how much follows the four bytes at `place` over them.
    @inlinable mutating func setLength(at place: Int) {
        set(Int32(clamping: count - place - MemoryLayout<Int32>.size), at: place)
    }

    @inlinable mutating func set(_ number: Int32, at place: Int) {
        start.storeBytes(of: number.bigEndian, toByteOffset: place, as: Int32.self)
    }

    /// Appends PostgreSQL's binary array: dimensions, NULL flag, element type, size and lower bound, elements.
    @inlinable mutating func appendArray(
        elementType: UInt32, count: Int, hasNulls: Bool, _ elements: (inout BinaryWriter) -> Void
    ) {
        append(Int32(count == 0 ? 0 : 1))
        append(Int32(hasNulls ? 1 : 0))
        append(elementType)
        guard count > 0 else { return }
        append(Int32(clamping: count))
        append(Int32(1))
        elements(&self)
    }

    /// What was written, which is forgotten here; the memory is written to again.
    mutating func take() -> [UInt8] {
        defer { count = 0 }
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// The same, at the end of `bytes`.
    mutating func move(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: count))
        count = 0
    }

    /// Where the next bytes go, so many of them at least.
    @inlinable mutating func room(_ size: Int) -> UnsafeMutableRawPointer {
        if capacity - count < size { grow(by: size) }
        return start + count
    }

    @usableFromInline mutating func grow(by size: Int) {
        capacity = max(2 * capacity, count + size)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 1)
        larger.copyMemory(from: start, byteCount: count)
        start.deallocate()
        start = larger
    }
}
