import ArgumentParser
import Configuration
import Foundation
import Logging
import PostgresClient

/// What every long-running service takes.
struct ServiceOptions: ParsableArguments {
    @Option(
        name: .customLong("database"),
        help: ArgumentHelp(
            "PostgreSQL to use, as a libpq URL or connection string without a password.", valueName: "url"))
    var databaseURL: String?

    @Option(
        help: ArgumentHelp(
            "Folder of a private PostgreSQL on this machine, instead of a database.", valueName: "folder"))
    var dataDir: String?

    @Option(help: "Most database connections at once. (default: 8)")
    var databaseConnections: Int?

    @Option(help: "Name for people, shown by `mxcensus status`. (default: host and process)")
    var name: String?

    @Option(help: "Log from: trace, debug, info, notice, warning, error. (default: info)")
    var logLevel: String?

    @Option(help: ArgumentHelp("JSON file with settings; also MXCENSUS_CONFIG.", valueName: "file"))
    var config: String?

    @Flag(help: "Show each setting and where it came from, and do nothing else.")
    var printConfig = false

    func validate() throws { try DatabaseOptions.refusePassword(in: databaseURL) }

    static let keys = ["databaseUrl", "dataDir", "databaseConnections", "name", "logLevel"].map(SettingKey.init)

    /// Those that were given.
    var flags: [String: ConfigValue] {
        var flags: [String: ConfigValue] = [:]
        flags["databaseUrl"] = databaseURL.map { ConfigValue(.string($0), isSecret: false) }
        flags["dataDir"] = dataDir.map { ConfigValue(.string($0), isSecret: false) }
        flags["databaseConnections"] = databaseConnections.map { ConfigValue(.int($0), isSecret: false) }
        flags["name"] = name.map { ConfigValue(.string($0), isSecret: false) }
        flags["logLevel"] = logLevel.map { ConfigValue(.string($0), isSecret: false) }
        return flags
    }

    /// The sources of all settings of a service with these options and further `flags` and `keys`.
    func sources(flags more: [String: ConfigValue], keys: [SettingKey]) async throws -> SettingSources {
        let environment = ProcessInfo.processInfo.environment
        let file = config ?? environment["MXCENSUS_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        return try await SettingSources(
            flags: flags.merging(more) { first, _ in first }, environment: environment, file: file,
            keys: Self.keys + keys)
    }
}

/// The settings that every service has, resolved.
struct ServiceSettings: Sendable {
    /// Where the data is.
    enum Place: Sendable {
        case server(ConnectionSettings)
        case embedded(folder: String)
    }

    let place: Place
    let connections: Int
    let name: String
    let logLevel: Logger.Level
    private(set) var report: [SettingLine]

    /// - Throws: `UsageError`: a value that is wrong, or no database.
    init(_ sources: SettingSources) throws {
        let url = try sources.string(SettingKey("databaseUrl"))
        let folder = try sources.string(SettingKey("dataDir"))
        report = [
            SettingLine(SettingKey("databaseUrl"), url.map { Setting(value: Self.masked($0.value), origin: $0.origin) })
        ]
        if let url {
            do {
                place = .server(try ConnectionSettings(url: url.value))
            } catch {
                throw UsageError("\(url.origin): \(error)")
            }
        } else if let folder {
            place = .embedded(folder: folder.value)
            report.append(SettingLine(SettingKey("dataDir"), folder))
        } else {
            throw UsageError(
                "No database is named. Set MXCENSUS_DATABASE_URL or --database, or --data-dir for a private PostgreSQL on this machine."
            )
        }
        let connections = try sources.int(SettingKey("databaseConnections"), default: 8, in: 4...200)
        self.connections = connections.value ?? 8
        let own = "\(ProcessInfo.processInfo.hostName):\(ProcessInfo.processInfo.processIdentifier)"
        let name = try sources.string(SettingKey("name")) ?? Setting(value: own, origin: "default")
        self.name = name.value
        let level = try sources.string(SettingKey("logLevel")) ?? Setting(value: "info", origin: "default")
        guard let logLevel = Logger.Level(rawValue: level.value) else {
            throw UsageError(
                "\(level.origin): logLevel must be one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))."
            )
        }
        self.logLevel = logLevel
        report.append(SettingLine(SettingKey("databaseConnections"), connections))
        report.append(SettingLine(SettingKey("name"), name))
        report.append(SettingLine(SettingKey("logLevel"), level))
    }

    /// What a URL or connection string says, with secrets masked.
    private static func masked(_ url: String) -> String {
        guard let settings = try? ConnectionSettings(url: url) else { return "(unreadable)" }
        return settings.keywords.sorted { $0.key < $1.key }
            .map { "\($0.key)=\($0.key.hasSuffix("password") ? "********" : $0.value)" }
            .joined(separator: " ")
    }
}

/// One line of `--print-config`.
struct SettingLine: Sendable, Encodable {
    let setting: String
    let value: String?
    let origin: String

    init<Value>(_ key: SettingKey, _ setting: Setting<Value>?) {
        self.setting = key.name
        value = setting.map { "\($0.value)" }
        origin = setting?.origin ?? "not set"
    }

    init<Value>(_ key: SettingKey, _ setting: Setting<Value?>) {
        self.setting = key.name
        value = setting.value.map { "\($0)" }
        origin = setting.origin
    }

    /// All lines as a table.
    static func show(_ lines: [SettingLine]) {
        Console.output(
            TextTable(["setting", "value", "from"], lines.map { [$0.setting, $0.value ?? "–", $0.origin] }).text)
    }
}
