import CensusModel
import CensusStore
import Foundation
import ListImport

/// Turns what a command line names into a list in the store.
enum ListSource {
    /// Imports every file among `sources` and returns the name of the list to scan. Several sources make one list.
    static func prepare(_ sources: [String], columns: ColumnOptions, in store: Store) async throws -> String {
        if sources.count == 1, !isFile(sources[0]), try await store.list(named: sources[0]) != nil { return sources[0] }
        for source in sources where !isFile(source) {
            throw UsageError("'\(source)' is neither a file nor an imported list.")
        }
        let name = sources.map(listName).joined(separator: "+")
        try await importAll(ListReading(files: sources, columns: columns), into: name, store: store)
        return name
    }

    /// Throws for files among `sources` that cannot be read as lists: before a database is started for them.
    static func verify(_ sources: [String], columns: ColumnOptions) throws {
        _ = try ListReading(files: sources.filter(isFile), columns: columns)
    }

    /// Imports everything into one list, in one transaction, and tells what was found.
    static func importAll(_ reading: ListReading, into name: String, store: Store) async throws {
        let imported = try await store.importList(name) { try await reading.next() }
        try await reading.finish()
        await report(reading, imported, name: name)
    }

    private static func isFile(_ source: String) -> Bool {
        source == "-" || source.contains("/") || FileManager.default.fileExists(atPath: source)
    }

    /// `data/customers.csv` → `customers`.
    private static func listName(_ source: String) -> String {
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
