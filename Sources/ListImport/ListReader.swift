import CensusModel
import DomainNames

/// Reads a list chunk by chunk: about one mebibyte of it at a time, whatever its size.
///
/// A line that is no domain is rejected with its number and reason, and never stops the reading. Blank lines are
/// passed over. A UTF-8 byte order mark and CR LF line ends are accepted.
/// Not Sendable: one task reads, and its thread blocks.
public final class ListReader {
    /// Counts so far; complete when `next` has returned nil.
    public private(set) var report = ImportReport()

    private let file: InputFile
    private let layout: Layout
    private let separators: [UInt8]
    private var headerPending: Bool
    /// A line that is neither blank nor a comment was met.
    private var started = false
    /// In the midst of a line that is too long and already rejected.
    private var skipping = false
    private var finished = false

    /// Opens `path` (`-` is standard input) and finds its layout. Blocks until the first 64 KiB are there.
    /// Throws `ListError` when it cannot be read, is empty, no text, or lacks a named column.
    public init(path: String, options: ListOptions = ListOptions()) throws(ListError) {
        file = try InputFile(path: path)
        try file.fill(atLeast: Records.longestLine)
        if let problem = Sniffer.problem(in: file.window, file: file.name) { throw problem }
        if file.window.starts(with: [0xef, 0xbb, 0xbf]) { file.consume(3) }
        let sample = Self.sample(of: file.window, atEnd: file.atEnd)
        layout = try Layout(sample: sample, options: options, file: file.name)
        separators = layout.delimiter.map { [$0] } ?? []
        headerPending = layout.hasHeader
    }

    /// The next part of the list; nil at its end. A chunk may be empty.
    /// Throws `ListError` when reading fails, or at the end of a list without a single line in it.
    public func next() throws(ListError) -> ListChunk? {
        guard !finished else { return nil }
        try file.fill(atLeast: InputFile.capacity / 2)
        var chunk = ListChunk()
        let consumed = take(file.window, into: &chunk)
        file.consume(consumed)
        report.accepted += chunk.entries.count
        report.rejected += chunk.rejected.count
        let room = ImportReport.keptRejects - report.firstRejects.count
        report.firstRejects += chunk.rejected.prefix(max(0, room))
        if file.atEnd, file.window.isEmpty {
            finished = true
            if report.accepted + report.rejected == 0 {
                throw ListError(code: .empty, file: file.name, message: "holds no names; a list has one on each line")
            }
        }
        return chunk
    }

    /// Consumes all records that are complete in `window`; returns the number of bytes.
    private func take(_ window: UnsafeBufferPointer<UInt8>, into chunk: inout ListChunk) -> Int {
        var rest = window[...]
        while !rest.isEmpty {
            if skipping {
                guard let feed = rest.firstIndex(of: UInt8(ascii: "\n")) else { return window.count }
                rest = rest[(feed + 1)...]
                skipping = false
                continue
            }
            switch Records.first(in: rest, atEnd: file.atEnd, separators: separators) {
            case .record(let record, let length, let lines):
                accept(record, into: &chunk)
                report.lines += lines
                rest = rest.dropFirst(length)
            case .openQuote(let line, let length):
                reject(line, "a quoted field is not closed", into: &chunk)
                report.lines += 1
                rest = rest.dropFirst(length)
            case .tooLong(let beginning, let length):
                reject(beginning, "longer than \(Records.longestLine / 1024) KiB", into: &chunk)
                report.lines += 1
                guard let length else {
                    skipping = true
                    return window.count
                }
                rest = rest.dropFirst(length)
            case .incomplete:
                return rest.startIndex
            }
        }
        return window.count
    }

    private func accept(_ record: Bytes, into chunk: inout ListChunk) {
        if record.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { return }
        if record.first == UInt8(ascii: "#"), layout.delimiter == nil || !started { return }
        started = true
        if headerPending {
            headerPending = false
            return
        }
        let result: Result<DomainName, NameProblem>
        switch Fields.field(layout.domainColumn, of: record, delimiter: layout.delimiter) {
        case .plain(let field): result = NameNormalizer.domain(fromUTF8: UnsafeBufferPointer(rebasing: field))
        case .unquoted(let field): result = field.withUnsafeBufferPointer { NameNormalizer.domain(fromUTF8: $0) }
        case .missing: return reject(record, "too few columns", into: &chunk)
        case .malformed: return reject(record, "text after a closing quote", into: &chunk)
        }
        let name: DomainName
        switch result {
        case .success(let valid): name = valid
        case .failure(let problem): return reject(record, problem.description, into: &chunk)
        }
        var weight = 1.0
        if let column = layout.weightColumn {
            guard let given = Weight.parse(Fields.field(column, of: record, delimiter: layout.delimiter)) else {
                return reject(record, "the weight is not a number of zero or more", into: &chunk)
            }
            weight = given
        }
        chunk.entries.append(ListEntry(name: name, weight: weight))
    }

    private func reject(_ record: Bytes, _ reason: String, into chunk: inout ListChunk) {
        chunk.rejected.append(
            RejectedLine(line: report.lines + 1, reason: reason, excerpt: EscapedText.escape(record, limit: 80)))
    }

    /// The first records that are not blank, without consuming them.
    private static func sample(of window: UnsafeBufferPointer<UInt8>, atEnd: Bool) -> [Bytes] {
        var rest = window[...]
        var result: [Bytes] = []
        while !rest.isEmpty, result.count < Layout.sampleSize {
            switch Records.first(in: rest, atEnd: atEnd, separators: Layout.delimiters) {
            case .record(let record, let length, _):
                let isBlank = record.allSatisfy { $0 == 0x20 || $0 == 0x09 }
                if !isBlank, record.first != UInt8(ascii: "#") || !result.isEmpty { result.append(record) }
                rest = rest.dropFirst(length)
            case .openQuote(_, let length), .tooLong(_, .some(let length)):
                rest = rest.dropFirst(length)
            case .tooLong(_, nil), .incomplete:
                return result
            }
        }
        return result
    }
}
