import CensusModel
import CensusStore
import Foundation
import ListImport

/// Reads several list files one after the other, keeping count and writing rejected lines to a file on request.
actor ListReading {
    private var files: [String]
    private let options: ListOptions
    private var reader: ListReader?
    private var rejects: FileHandle?

    /// What was read so far, over all files.
    private(set) var report = Totals()

    struct Totals: Sendable {
        var lines = 0
        var accepted = 0
        var rejected = 0
        var firstRejects: [RejectedLine] = []
    }

    /// - Throws: `ListError` for a file that cannot be read as a list, before anything else is begun.
    init(files: [String], columns: ColumnOptions) throws {
        self.files = files
        options = ListOptions(domainColumn: columns.domainColumn, weightColumn: columns.weightColumn)
        // Opening reads the beginning: what is no list is said at once. Standard input can be read only once.
        for file in files where file != "-" { _ = try ListReader(path: file, options: options) }
        if let path = columns.rejects {
            guard FileManager.default.createFile(atPath: path, contents: nil),
                let handle = FileHandle(forWritingAtPath: path)
            else { throw UsageError("Cannot write the rejects file '\(path)'.") }
            rejects = handle
        }
    }

    /// The next entries; nil when all files are read.
    ///
    /// - Throws: `ListError` for a file that cannot be read as a list.
    func next() throws -> [ListedDomain]? {
        while true {
            guard let current = try reader ?? nextFile() else { return nil }
            reader = current
            guard let chunk = try current.next() else {
                close(current)
                continue
            }
            try note(chunk.rejected)
            return chunk.entries.map { ListedDomain(name: $0.name, weight: $0.weight) }
        }
    }

    /// Ends the rejects file.
    func finish() throws { try rejects?.close() }

    private func nextFile() throws -> ListReader? {
        guard !files.isEmpty else { return nil }
        return try ListReader(path: files.removeFirst(), options: options)
    }

    private func close(_ finished: ListReader) {
        report.lines += finished.report.lines
        report.accepted += finished.report.accepted
        report.rejected += finished.report.rejected
        report.firstRejects += finished.report.firstRejects.prefix(10 - min(10, report.firstRejects.count))
        reader = nil
    }

    private func note(_ rejected: [RejectedLine]) throws {
        guard let rejects else { return }
        for line in rejected { try rejects.write(contentsOf: Data("\(line)\n".utf8)) }
    }
}
