import Synchronization

/// Gathers rows and writes them to standard output in large pieces.
final class OutputBuffer: Sendable {
    private static let pieceSize = 1 << 18

    private let bytes = Mutex<[UInt8]>([])

    /// - Throws: `OutputClosed`.
    func append(_ write: (inout [UInt8]) -> Void) throws {
        let full: [UInt8]? = bytes.withLock { bytes in
            write(&bytes)
            guard bytes.count >= Self.pieceSize else { return nil }
            defer { bytes.removeAll(keepingCapacity: true) }
            return bytes
        }
        if let full { try Console.output(bytes: full) }
    }

    /// - Throws: `OutputClosed`.
    func flush() throws {
        let rest = bytes.withLock { bytes in
            defer { bytes = [] }
            return bytes
        }
        try Console.output(bytes: rest)
    }
}
