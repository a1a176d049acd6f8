import CensusModel
import DomainNames
import ListImport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Lists of domains. The first byte chooses how the rest is read: bit 0 names the column `domain`, bit 1 the column
/// `weight`, bit 2 repeats the rest 384 times, which may be more than is read at once.
///
/// Promises: what is accepted is a normalised name of two labels with a finite weight; every line is counted; rejects
/// come in the order of the list, with text that is escaped and bounded; the names, written as a list, are read again
/// as the same names.
enum ListImportBody {
    static func run(_ input: [UInt8]) throws {
        guard let flags = input.first else { return }
        let rest = input.dropFirst()
        var options = ListOptions()
        if flags & 1 != 0 { options.domainColumn = "domain" }
        if flags & 2 != 0 { options.weightColumn = "weight" }
        let copies = flags & 4 == 0 ? 1 : 384
        let bytes = [UInt8](repeatElement(rest, count: copies).joined())
        guard let names = try read(bytes, options) else { return }
        guard !names.isEmpty, copies == 1 else { return }
        let again = try read(Array(names.map { $0.text + "\n" }.joined().utf8), ListOptions())
        try holds(again == names, "written and read again, \(names) become \(again ?? [])")
    }

    /// The names of a list; nil when it is refused as a whole.
    private static func read(_ bytes: [UInt8], _ options: ListOptions) throws -> [DomainName]? {
        let file = try ScratchFile(bytes)
        var chunks: [ListChunk] = []
        let report: ImportReport
        do {
            let reader = try ListReader(path: file.path, options: options)
            while let chunk = try reader.next() { chunks.append(chunk) }
            report = reader.report
        } catch {
            try HostileText.check(error.message, limit: 16384, "the error of the list")
            return nil
        }
        let entries = chunks.flatMap(\.entries)
        for entry in entries { try check(entry) }
        try check(chunks.flatMap(\.rejected), report)
        // RFC 4180 §2: the last line may lack its end. A byte order mark is no line.
        let text = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes.dropFirst(3) : bytes[...]
        let lines = text.count { $0 == 0x0a } + (text.isEmpty || text.last == 0x0a ? 0 : 1)
        try holds(report.lines == lines, "\(report.lines) lines counted of \(lines)")
        try holds(report.accepted == entries.count, "\(report.accepted) counted of \(entries.count) entries")
        try holds(report.accepted + report.rejected <= lines, "\(report) of \(lines) lines")
        return entries.map(\.name)
    }

    private static func check(_ entry: ListEntry) throws {
        let name = entry.name
        try holds(DomainName(normalized: name.text) == name, "\(name) is not normalised")
        try holds(name.labels.count >= 2, "\(name) has one label")
        try holds(!name.labels.contains { $0.hasPrefix("-") || $0.hasSuffix("-") }, "\(name) has a hyphen at an edge")
        try holds(IPAddress(name.text) == nil, "\(name) is an address")
        try holds(entry.weight.isFinite && entry.weight >= 0, "\(name) weighs \(entry.weight)")
        let registered = PublicSuffixList.system.registeredDomain(of: name)
        try holds(name.text == registered || name.text.hasSuffix(".\(registered)"), "\(name) is under \(registered)")
    }

    private static func check(_ rejected: [RejectedLine], _ report: ImportReport) throws {
        try holds(report.rejected == rejected.count, "\(report.rejected) counted of \(rejected.count) rejects")
        try holds(report.firstRejects == Array(rejected.prefix(10)), "the first rejects are others")
        for (line, next) in zip(rejected, rejected.dropFirst()) {
            try holds(line.line < next.line, "line \(next.line) after line \(line.line)")
        }
        for reject in rejected {
            try holds((1...max(1, report.lines)).contains(reject.line), "line \(reject.line) of \(report.lines)")
            try HostileText.check(reject.excerpt, limit: 4 * 80 + 8, "the excerpt")
            try HostileText.check(reject.reason, limit: 256, "the reason")
        }
    }
}

/// A nameless file that is gone with its last descriptor.
private final class ScratchFile {
    private let descriptor: Int32

    init(_ bytes: [UInt8]) throws {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(folder)/mxcensus-fuzz-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        try holds(descriptor >= 0, "no temporary file in \(folder)")
        unlink(template)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            try holds(count > 0, "the temporary file cannot be written")
            written += count
        }
        lseek(descriptor, 0, SEEK_SET)
    }

    var path: String { "/dev/fd/\(descriptor)" }

    deinit { close(descriptor) }
}
