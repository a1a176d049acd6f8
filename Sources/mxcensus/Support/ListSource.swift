import CMXOpenSSL
import CensusModel
import CensusStore
import Foundation
import ListImport

/// Turns what a command line names into a list in the store.
enum ListSource {
    /// The list to scan: an imported one by its name, or one that holds exactly what the files hold now.
    ///
    /// A list made from files bears a mark of their paths, sizes, times and columns. So the same command finds its list
    /// again, and a file that has changed, or another file of the same name, never mixes with it.
    static func prepare(_ sources: [String], columns: ColumnOptions, in store: Store) async throws -> String {
        if sources.count == 1, !isFile(sources[0]), try await store.list(named: sources[0]) != nil { return sources[0] }
        for source in sources where !isFile(source) {
            throw UsageError("'\(source)' is neither a file nor an imported list.")
        }
        let name = sources.map(title).joined(separator: "+") + "-" + (try mark(of: sources, columns: columns))
        if try await store.list(named: name) == nil {
            try await importAll(ListReading(files: sources, columns: columns), into: name, store: store)
        }
        return name
    }

    /// What a scan of these sources is called, before the date.
    static func title(of sources: [String]) -> String { sources.map(title).joined(separator: "+") }

    /// Eight hexadecimal digits. Standard input is new each time.
    private static func mark(of sources: [String], columns: ColumnOptions) throws -> String {
        var text = "\(columns.domainColumn ?? "")\0\(columns.weightColumn ?? "")"
        for source in sources {
            guard source != "-" else {
                text += "\0\(Date.now.timeIntervalSince1970)"
                continue
            }
            let file = URL(filePath: source).standardizedFileURL.path
            let attributes = try FileManager.default.attributesOfItem(atPath: file)
            let size = attributes[.size] as? Int ?? 0
            let modified = (attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            text += "\0\(file)\0\(size)\0\(modified)"
        }
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        SHA256(Array(text.utf8), text.utf8.count, &digest)
        return digest.prefix(4).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// Throws for files among `sources` that cannot be read as lists: before a database is started for them.
    static func verify(_ sources: [String], columns: ColumnOptions) throws {
        _ = try ListReading(files: sources.filter(isFile), columns: columns)
    }

    /// Imports everything into one list, in one transaction, and tells what was found.
    static func importAll(_ reading: ListReading, into name: String, store: Store) async throws {
        var display = ImportDisplay(list: name)
        let imported: ImportedList
        do {
            defer { display.clear() }
            imported = try await store.importList(name, progress: { display.show($0) }) { try await reading.next() }
        }
        try await reading.finish()
        await report(reading, imported, name: name)
    }

    private static func isFile(_ source: String) -> Bool {
        source == "-" || source.contains("/") || FileManager.default.fileExists(atPath: source)
    }

    /// `data/customers.csv` → `customers`.
    private static func title(_ source: String) -> String {
        source == "-" ? "stdin" : URL(filePath: source).deletingPathExtension().lastPathComponent
    }

    private static func report(_ reading: ListReading, _ imported: ImportedList, name: String) async {
        let report = await reading.report
        Console.error(
            "List '\(name)': \(report.lines) lines, \(imported.total) domains (\(imported.new) new), \(report.rejected) lines rejected."
        )
        for reject in report.firstRejects {
            Console.error("  line \(reject.line): \(reject.reason): \(reject.excerpt)")
        }
        let more = report.rejected - report.firstRejects.count
        if more > 0 { Console.error("  and \(more) more; --rejects FILE writes all of them.") }
    }
}
