/// Sorts any number of domains in bounded memory: runs are sorted, written to a file, and merged.
///
/// Not Sendable: one task adds. A second one sorts and writes the last run meanwhile.
final class DomainSort {
    private let order: DomainOrder
    private let runBytes: Int
    private let file: SpillFile
    private var filling: DomainRun
    private var sorting: Task<Void, any Error>?
    /// Domains that were added, apart from those that were added to the last.
    private(set) var count: Int64 = 0
    /// Where in the file the runs are.
    private var extents: [Range<Int>] = []

    /// - Parameter runBytes: bytes of names in a run. Two runs are in memory, each with four times as much for names of
    ///   15 bytes.
    init(_ order: DomainOrder, runBytes: Int = 8 << 20) throws(StoreError) {
        self.order = order
        self.runBytes = runBytes
        file = try SpillFile()
        filling = DomainRun(order)
    }

    /// `spill` must be called before more is added.
    var isFull: Bool { filling.nameBytes >= runBytes }

    /// Adds a domain.
    func add(_ name: UnsafeRawBufferPointer, _ weight: Double) {
        filling.add(name, weight)
        count += 1
    }

    /// Adds the weight to the domain added last, when that has the same name.
    func addToLast(_ name: UnsafeRawBufferPointer, _ weight: Double) -> Bool { filling.addToLast(name, weight) }

    /// Has what was added sorted and written, after what went before.
    func spill() async throws {
        try await sorting?.value
        try Task.checkCancellation()
        guard !filling.isEmpty else { return }
        let (run, file) = (filling, file)
        let begin = extents.last?.upperBound ?? 0
        extents.append(begin..<(begin + run.recordBytes))
        filling = DomainRun(order)
        // Ends by itself when nobody asks for it any more; what goes wrong is thrown by the next call.
        sorting = Task { try run.write(to: file, at: begin) }
    }

    /// Ends the adding: all domains in order, doubles included.
    func merged() async throws -> DomainMerge {
        try await spill()
        try await sorting?.value
        return try DomainMerge(order, file, extents, count: count)
    }
}
