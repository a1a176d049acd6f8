import Foundation

/// PostgreSQL's programs on this machine.
struct PostgresInstallation: Sendable, Hashable {
    let binDirectory: String
    /// Major version, such as `15`.
    let version: String

    /// The oldest major version whose SQL the schema uses.
    private static let oldest = 14

    func program(_ name: String) -> String { binDirectory + "/" + name }

    /// Finds the newest PostgreSQL or, for an existing cluster, the one of its version.
    ///
    /// - Throws: `EmbeddedServerError` naming the Debian package to install.
    static func find(clusterVersion: String?) throws -> PostgresInstallation {
        let found = candidates().compactMap(PostgresInstallation.init(binDirectory:)).sorted { $0.number > $1.number }
        if let clusterVersion {
            if let match = found.first(where: { $0.version == clusterVersion }) { return match }
            let present = Set(found.map(\.version)).sorted().joined(separator: ", ")
            throw EmbeddedServerError(
                "The database was made by PostgreSQL \(clusterVersion), and this machine has \(present.isEmpty ? "none" : present). Install the package postgresql-\(clusterVersion), or move the data folder away and scan anew."
            )
        }
        guard let newest = found.first, newest.number >= oldest else {
            throw EmbeddedServerError(
                "PostgreSQL \(oldest) or newer was not found (looked in /usr/lib/postgresql, PATH and pg_config). Install the Debian package postgresql, or give a database with --database."
            )
        }
        return newest
    }

    /// Nil when the folder lacks a program, or the server does not say its version.
    private init?(binDirectory: String) {
        self.binDirectory = binDirectory
        let complete = ["postgres", "initdb", "pg_ctl"].allSatisfy {
            FileManager.default.isExecutableFile(atPath: binDirectory + "/" + $0)
        }
        // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
        guard complete, let said = try? Command(binDirectory + "/postgres", ["--version"]).runBlocking(),
            said.status == 0,
            let number = said.output.split(separator: " ").dropFirst(2).first
        else { return nil }
        version = String(number.prefix { $0.isNumber })
    }

    private var number: Int { Int(version) ?? 0 }

    /// Debian's versioned folders, what is on the PATH, and what pg_config names.
    private static func candidates() -> [String] {
        let debian = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: debian)) ?? []
        var folders = versions.map { "\(debian)/\($0)/bin" }
        folders += Command.searchPath
        if let answer = try? Command("pg_config", ["--bindir"]).runBlocking(), answer.status == 0 {
            folders.append(answer.output.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        var seen: Set<String> = []
        return folders.filter { seen.insert(URL(fileURLWithPath: $0).resolvingSymlinksInPath().path).inserted }
    }
}
