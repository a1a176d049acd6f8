import Foundation

/// Hands out the domains of sorted runs in their common order. Not Sendable, and it blocks to read its file.
final class DomainMerge {
    /// Of all runs.
    let count: Int64
    private let order: DomainOrder
    private var runs: [RunReader] = []
    /// The first domain of each run, as a heap: none precedes its parent.
    private var heap: [Head] = []
    /// The domain at the top was handed out.
    private var topIsTaken = false

    private struct Head {
        let key: UInt64
        let domain: StoredDomain
        let run: Int

        static func < (left: Head, right: Head) -> Bool {
            left.key != right.key ? left.key < right.key : precedes(left.domain.name, right.domain.name)
        }
    }

    init(_ order: DomainOrder, _ file: SpillFile, _ extents: [Range<Int>], count: Int64) throws(StoreError) {
        self.order = order
        self.count = count
        for extent in extents {
            let run = RunReader(file, extent)
            if let head = try head(of: run, number: runs.count) { heap.append(head) }
            runs.append(run)
        }
        for parent in (0..<(heap.count / 2)).reversed() { sink(parent) }
    }

    /// The next domain; nil at the end. Valid until the next call.
    func next() throws(StoreError) -> StoredDomain? {
        if topIsTaken { try replaceTop() }
        topIsTaken = !heap.isEmpty
        return heap.first?.domain
    }

    private func replaceTop() throws(StoreError) {
        let number = heap[0].run
        if let head = try head(of: runs[number], number: number) {
            heap[0] = head
        } else {
            heap.swapAt(0, heap.count - 1)
            heap.removeLast()
        }
        sink(0)
    }

    private func head(of run: RunReader, number: Int) throws(StoreError) -> Head? {
        guard let domain = try run.next() else { return nil }
        return Head(key: order.key(domain.name, domain.weight), domain: domain, run: number)
    }

    /// Lets the head at `start` go down until no child precedes it.
    private func sink(_ start: Int) {
        heap.withUnsafeMutableBufferPointer { heap in
            var parent = start
            while true {
                var first = parent
                for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child] < heap[first] {
                    first = child
                }
                if first == parent { return }
                heap.swapAt(first, parent)
                parent = first
            }
        }
    }
}

/// A record of a run, in the reader's buffer.
struct StoredDomain {
    let name: UnsafeRawBufferPointer
    let weight: Double
}

/// Reads the records of one run. Not Sendable, and it blocks.
private final class RunReader {
    private let file: SpillFile
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 8)
    /// What of the run is not in the buffer yet.
    private var rest: Range<Int>
    /// What of the buffer was not handed out yet.
    private var unread = 0..<0

    init(_ file: SpillFile, _ extent: Range<Int>) {
        self.file = file
        rest = extent
    }

    deinit { buffer.deallocate() }

    /// The next domain; nil at the end of the run. Valid until the next call.
    func next() throws(StoreError) -> StoredDomain? {
        if unread.count < DomainRun.longestRecord, !rest.isEmpty { try fill() }
        guard !unread.isEmpty else { return nil }
        let record = buffer.baseAddress! + unread.lowerBound
        let length = Int(record.load(as: UInt8.self))
        let weight = (record + 1).loadUnaligned(as: Double.self)
        unread = (unread.lowerBound + DomainRun.recordHead + length)..<unread.upperBound
        return StoredDomain(
            name: UnsafeRawBufferPointer(start: record + DomainRun.recordHead, count: length), weight: weight)
    }

    private func fill() throws(StoreError) {
        memmove(buffer.baseAddress!, buffer.baseAddress! + unread.lowerBound, unread.count)
        let room = min(buffer.count - unread.count, rest.count)
        let target = UnsafeMutableRawBufferPointer(rebasing: buffer[unread.count..<(unread.count + room)])
        guard try file.read(into: target, at: rest.lowerBound) == room else {
            throw StoreError("A temporary file of the import has become shorter: does something else write to it?")
        }
        unread = 0..<(unread.count + room)
        rest = (rest.lowerBound + room)..<rest.upperBound
    }
}
