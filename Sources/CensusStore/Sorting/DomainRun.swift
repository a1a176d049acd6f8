import Foundation

/// What a sort orders domains by.
enum DomainOrder: Sendable {
    /// The name, byte by byte, as `COLLATE "C"`.
    case name
    /// The heaviest first, then by name.
    case weight

    /// A number that decides the order of two domains whenever it differs; the names decide when it does not.
    func key(_ name: UnsafeRawBufferPointer, _ weight: Double) -> UInt64 {
        switch self {
        case .name: name.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } << (8 * UInt64(8 - min(8, name.count)))
        // Bits of numbers that are not negative order as the numbers do (IEEE 754 §5.10). -0 is 0 with another sign.
        case .weight: ~(weight + 0).bitPattern
        }
    }
}

/// Domains in memory, to be written sorted.
///
/// A record of the file: length of the name (1 byte), weight (8 bytes, the machine's own order), name.
struct DomainRun: Sendable {
    /// Bytes of a record before the name.
    static let recordHead = 1 + MemoryLayout<Double>.size
    /// Bytes of the longest record: the length of a name is one byte.
    static let longestRecord = recordHead + Int(UInt8.max)

    private struct Entry {
        var key: UInt64
        var weight: Double
        /// Where in `names` its name is.
        let place: Range<Int>
    }

    private let order: DomainOrder
    private var names: [UInt8] = []
    private var entries: [Entry] = []

    init(_ order: DomainOrder) { self.order = order }

    var isEmpty: Bool { entries.isEmpty }
    var nameBytes: Int { names.count }
    /// Bytes of all records.
    var recordBytes: Int { names.count + entries.count * Self.recordHead }

    /// Adds a domain; its name has at most 253 bytes.
    mutating func add(_ name: UnsafeRawBufferPointer, _ weight: Double) {
        entries.append(
            Entry(key: order.key(name, weight), weight: weight, place: names.count..<(names.count + name.count)))
        names.append(contentsOf: name)
    }

    /// Adds the weight to the domain added last, when that has the same name.
    mutating func addToLast(_ name: UnsafeRawBufferPointer, _ weight: Double) -> Bool {
        guard let last = entries.indices.last, names[entries[last].place].elementsEqual(name) else { return false }
        entries[last].weight += weight
        entries[last].key = order.key(name, entries[last].weight)
        return true
    }

    /// Writes all records in order, from `offset` of the file on. Blocks.
    func write(to file: SpillFile, at offset: Int) throws(StoreError) {
        var offset = offset
        var records: [UInt8] = []
        records.reserveCapacity(1 << 20)
        for entry in sorted() {
            if records.count + Self.longestRecord > 1 << 20 {
                try file.write(records, at: offset)
                offset += records.count
                records.removeAll(keepingCapacity: true)
            }
            records.append(UInt8(entry.place.count))
            withUnsafeBytes(of: entry.weight) { records.append(contentsOf: $0) }
            records.append(contentsOf: names[entry.place])
        }
        try file.write(records, at: offset)
    }

    private func sorted() -> [Entry] {
        names.withUnsafeBytes { names in
            entries.sorted { left, right in
                if left.key != right.key { return left.key < right.key }
                return precedes(
                    UnsafeRawBufferPointer(rebasing: names[left.place]),
                    UnsafeRawBufferPointer(rebasing: names[right.place]))
            }
        }
    }
}

/// Whether one name comes before another, byte by byte.
func precedes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard let leftBytes = left.baseAddress, let rightBytes = right.baseAddress else { return left.count < right.count }
    let difference = memcmp(leftBytes, rightBytes, min(left.count, right.count))
    return difference == 0 ? left.count < right.count : difference < 0
}
