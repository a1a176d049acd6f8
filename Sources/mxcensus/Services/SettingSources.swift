import Configuration
import Foundation

/// One setting of a service: the same name as a flag, in the environment and in a file.
struct SettingKey: Hashable {
    /// As in a file: `leaseSeconds`.
    let name: String

    init(_ name: String) { self.name = name }

    /// `lease-seconds`.
    var flag: String { words.joined(separator: "-") }
    /// `MXCENSUS_LEASE_SECONDS`.
    var variable: String { "MXCENSUS_" + words.map { $0.uppercased() }.joined(separator: "_") }

    private var words: [String] {
        name.reduce(into: [""]) { words, character in
            if character.isUppercase { words.append("") }
            words[words.count - 1].append(contentsOf: character.lowercased())
        }
    }
}

/// A value, and where it came from.
struct Setting<Value: Sendable>: Sendable {
    let value: Value
    /// For people: `--concurrency`, `MXCENSUS_CONCURRENCY`, `file /etc/mxcensus.json`, `default`.
    let origin: String
}

/// Where settings come from, the first that has one wins: flags, then `MXCENSUS_*`, then a file.
struct SettingSources: Sendable {
    private enum Kind: Sendable { case flags, environment, file(String) }

    private let sources: [(kind: Kind, provider: any ConfigProvider)]

    /// - Parameters:
    ///   - flags: those that were given, by name of the key.
    ///   - file: JSON, or nil.
    /// - Throws: `UsageError` when the file cannot be read, is no JSON object, or holds a key that is not in `keys`.
    init(flags: [String: ConfigValue], environment: [String: String], file: String?, keys: [SettingKey]) async throws {
        var sources: [(Kind, any ConfigProvider)] = [
            (
                .flags,
                InMemoryProvider(
                    values: Dictionary(uniqueKeysWithValues: flags.map { (AbsoluteConfigKey([$0.key]), $0.value) }))
            ),
            // An empty variable is one that was not set.
            (
                .environment,
                EnvironmentVariablesProvider(environmentVariables: environment.filter { !$0.value.isEmpty })
                    .prefixKeys(with: "mxcensus")
            ),
        ]
        if let file {
            try Self.check(file, keys: keys)
            do {
                let provider = try await FileProvider<JSONSnapshot>(filePath: .init(file))
                sources.append((.file(file), provider))
            } catch {
                throw UsageError("\(file): \(error)")
            }
        }
        self.sources = sources
    }

    /// The text of `key`, or `fallback`.
    func string(_ key: SettingKey) throws -> Setting<String>? {
        try first(key, type: .string, is: "text") { if case .string(let text) = $0 { text } else { nil } }
    }

    /// The number of `key`, or `fallback`.
    ///
    /// - Throws: `UsageError` when it is none, or not in `range`.
    func int(_ key: SettingKey, default fallback: Int?, in range: ClosedRange<Int>) throws -> Setting<Int?> {
        let found = try first(key, type: .int, is: "a whole number") {
            if case .int(let value) = $0 { value } else { nil }
        }
        guard let found else { return Setting(value: fallback, origin: "default") }
        try Self.check(found, of: key, in: range)
        return Setting(value: found.value, origin: found.origin)
    }

    /// The number of `key`, or `fallback`.
    ///
    /// - Throws: `UsageError` when it is none, or not in `range`.
    func double(_ key: SettingKey, default fallback: Double, in range: ClosedRange<Double>) throws -> Setting<Double> {
        let found = try first(key, type: .double, is: "a number") {
            switch $0 {
            case .double(let value): value
            case .int(let value): Double(value)
            default: nil
            }
        }
        guard let found else { return Setting(value: fallback, origin: "default") }
        try Self.check(found, of: key, in: range)
        return found
    }

    private static func check<Value>(_ found: Setting<Value>, of key: SettingKey, in range: ClosedRange<Value>) throws {
        guard range.contains(found.value) else {
            throw UsageError(
                "\(found.origin): \(key.name) must be between \(range.lowerBound) and \(range.upperBound), not \(found.value)."
            )
        }
    }

    private func first<Value: Sendable>(
        _ key: SettingKey, type: ConfigType, is expected: String, _ read: (ConfigContent) -> Value?
    ) throws -> Setting<Value>? {
        for (kind, provider) in sources {
            let origin = origin(kind, key)
            let found: ConfigValue?
            do {
                found = try provider.value(forKey: AbsoluteConfigKey([key.name]), type: type).value
            } catch {
                throw UsageError("\(origin): \(key.name) must be \(expected).")
            }
            guard let found else { continue }
            guard let value = read(found.content) else {
                throw UsageError("\(origin): \(key.name) must be \(expected).")
            }
            return Setting(value: value, origin: origin)
        }
        return nil
    }

    private func origin(_ kind: Kind, _ key: SettingKey) -> String {
        switch kind {
        case .flags: "--\(key.flag)"
        case .environment: key.variable
        case .file(let path): "file \(path)"
        }
    }

    /// A misspelt key would otherwise be ignored without a word.
    private static func check(_ file: String, keys: [SettingKey]) throws {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: file))
        } catch {
            throw UsageError("\(file): cannot be read: \(error.localizedDescription)")
        }
        guard let object = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] else {
            throw UsageError("\(file): is no JSON object. It should look like: {\"concurrency\": 1000}")
        }
        let known = Set(keys.map(\.name))
        if let unknown = object.keys.sorted().first(where: { !known.contains($0) }) {
            throw UsageError(
                "\(file): there is no setting '\(unknown)'. There are: \(known.sorted().joined(separator: ", ")).")
        }
    }
}
