import ArgumentParser
import CensusModel
import CensusStore
import Foundation
import PostgresClient

/// Which database a command works on.
struct DatabaseOptions: ParsableArguments {
    @Option(
        name: .customLong("database"),
        help: ArgumentHelp(
            "PostgreSQL to use, as a libpq URL or connection string without a password; also MXCENSUS_DATABASE_URL. (default: a private server)",
            valueName: "url"))
    var url: String?

    @Option(help: ArgumentHelp("Folder of the private PostgreSQL; also MXCENSUS_DATA_DIR.", valueName: "folder"))
    var dataDir: String?

    private static var environment: [String: String] { ProcessInfo.processInfo.environment }

    private var effectiveURL: String? {
        url ?? Self.environment["MXCENSUS_DATABASE_URL"].flatMap { $0.isEmpty ? nil : $0 }
    }

    private var effectiveDataDirectory: String? {
        dataDir ?? Self.environment["MXCENSUS_DATA_DIR"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// True when no server was named, so that a private one is used.
    var isEmbedded: Bool { effectiveURL == nil }

    /// For people: where the data is.
    var place: String {
        isEmbedded
            ? effectiveDataDirectory ?? EmbeddedServer.defaultDataDirectory().path
            : "as given by --database or MXCENSUS_DATABASE_URL"
    }

    /// The same choice for another command line.
    var arguments: [String] {
        (url.map { ["--database", $0] } ?? []) + (dataDir.map { ["--data-dir", $0] } ?? [])
    }

    func validate() throws {
        if url != nil, dataDir != nil { throw ValidationError("--database and --data-dir exclude each other.") }
        try Self.refusePassword(in: url)
    }

    /// - Throws: `ValidationError` when `url`, which stood on the command line, holds a password.
    static func refusePassword(in url: String?) throws {
        if let url, let settings = try? ConnectionSettings(url: url), settings.keywords["password"] != nil {
            throw ValidationError(
                "--database holds a password, which every user of this machine could read. Put it in ~/.pgpass or PGPASSWORD, or the whole URL in MXCENSUS_DATABASE_URL."
            )
        }
    }

    /// Who opted out, as the database that was named says; nobody when none was.
    ///
    /// - Throws: what `withStore` throws: whoever named a database means what it says.
    func optOuts() async throws -> OptOuts {
        guard !isEmbedded || effectiveDataDirectory != nil else { return .none }
        return try await withStore { store in try await store.contactRules(known: nil).optOuts ?? .none }
    }

    /// Opens the store, starting the private server if it is the one, and closes both again.
    ///
    /// - Parameter migrating: bring the schema of a named server up to date; the private one always is.
    func withStore<Value: Sendable>(
        migrating: Bool = false, _ body: @Sendable (Store) async throws -> Value
    ) async throws -> Value {
        if let url = effectiveURL {
            let store = try await Store.open(ConnectionSettings(url: url), migrating: migrating)
            return try await Self.use(store, body)
        }
        let server = try await EmbeddedServer.start(dataDirectory: effectiveDataDirectory)
        do {
            let store = try await Store.open(server.settings, migrating: true)
            let value = try await Self.use(store, body)
            try await server.stop()
            return value
        } catch {
            try await server.stop()
            throw error
        }
    }

    private static func use<Value: Sendable>(
        _ store: Store, _ body: @Sendable (Store) async throws -> Value
    ) async throws -> Value {
        do {
            let value = try await body(store)
            await store.close()
            return value
        } catch {
            await store.close()
            throw error
        }
    }
}

extension Store {
    /// The scan that a person means by a name or number; the latest for `latest` or nil.
    ///
    /// - Throws: `UsageError` when there is none.
    func find(_ text: String?) async throws -> ScanInfo {
        if let text, let scan = try await findScan(named: text) { return scan }
        guard let text, text != "latest" else {
            guard let latest = try await latestScan() else {
                throw UsageError("There is no scan yet. Start one with: mxcensus scan LIST")
            }
            return latest
        }
        if let number = Int64(text), let scan = try await findScan(id: number) { return scan }
        let known = try await scans().prefix(5).map(\.name).joined(separator: ", ")
        throw UsageError(
            "No scan '\(EscapedText.escape(text.utf8))'. "
                + (known.isEmpty ? "There is none yet." : "The latest are: \(known)."))
    }

    /// The summary of `scan`; of an unfinished one, as it stands now.
    func currentSummary(_ scan: ScanInfo) async throws -> ScanSummary {
        if scan.finishedAt == nil { try await rollUp(scan.id) }
        return try await summary(scan.id)
    }
}
