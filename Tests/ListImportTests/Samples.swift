import CensusModel
import Foundation
import ListImport

/// A temporary file that goes away with the test.
final class TemporaryFile {
    let path: String

    init(_ bytes: some Sequence<UInt8>) throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("mxcensus-list-\(UUID().uuidString)").path
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    convenience init(_ text: String) throws { try self.init(text.utf8) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

struct ReadList {
    var entries: [ListEntry] = []
    var rejected: [RejectedLine] = []
    var report = ImportReport()
    var largestChunk = 0

    var names: [String] { entries.map(\.name.text) }
}

func readAll(_ path: String, _ options: ListOptions = ListOptions()) throws(ListError) -> ReadList {
    let reader = try ListReader(path: path, options: options)
    var result = ReadList()
    while let chunk = try reader.next() {
        result.entries += chunk.entries
        result.rejected += chunk.rejected
        result.largestChunk = max(result.largestChunk, chunk.entries.count)
    }
    result.report = reader.report
    return result
}

func read(_ text: String, _ options: ListOptions = ListOptions()) throws -> ReadList {
    let file = try TemporaryFile(text)
    return try readAll(file.path, options)
}
