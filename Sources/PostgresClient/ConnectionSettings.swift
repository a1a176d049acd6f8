import CMXPostgres

/// Where and as whom to connect: libpq's keywords. What is not given comes from libpq's own sources (`PG…` environment,
/// service file, password file).
public struct ConnectionSettings: Sendable, Hashable {
    /// libpq keywords, see its documentation, "Parameter Key Words". No keyword occurs twice.
    public private(set) var keywords: [String: String]

    /// Settings from keywords, for example `["host": "/run/postgresql", "dbname": "census"]`.
    public init(keywords: [String: String]) {
        self.keywords = keywords
    }

    /// Parses `postgresql://…` or `key=value …` with libpq's own parser.
    ///
    /// - Throws: `PostgresError` of kind `.settings` with libpq's explanation.
    public init(url: String) throws {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &message) else {
            defer { PQfreemem(message) }
            let reason = message.map { String(cString: $0) } ?? "not enough memory"
            throw PostgresError(
                kind: .settings, message: "the database address cannot be read: \(reason.trimmedLine)",
                hint: "Write postgresql://USER@HOST/DATABASE or 'host=… dbname=…'.")
        }
        defer { PQconninfoFree(options) }
        keywords = [:]
        var option = options
        while let name = option.pointee.keyword {
            if let value = option.pointee.val { keywords[String(cString: name)] = String(cString: value) }
            option += 1
        }
    }

    /// The same place, with one keyword set.
    public func setting(_ keyword: String, _ value: String) -> ConnectionSettings {
        var copy = self
        copy.keywords[keyword] = value
        return copy
    }

    /// What a child process such as psql needs in its environment to reach the same place; a password travels here
    /// rather than in arguments, which every user of the machine can read.
    public var environment: [String: String] {
        let names = [
            "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER",
            "password": "PGPASSWORD", "passfile": "PGPASSFILE", "service": "PGSERVICE", "sslmode": "PGSSLMODE",
            "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "options": "PGOPTIONS",
            "channel_binding": "PGCHANNELBINDING", "target_session_attrs": "PGTARGETSESSIONATTRS",
        ]
        var result: [String: String] = [:]
        for (keyword, value) in keywords {
            if let name = names[keyword] { result[name] = value }
        }
        return result
    }

    /// Host and database for messages: never a password.
    public var place: String {
        let host = keywords["host"] ?? keywords["hostaddr"] ?? "the default host"
        let port = keywords["port"].map { ":\($0)" } ?? ""
        return "database '\(keywords["dbname"] ?? keywords["user"] ?? "default")' at \(host)\(port)"
    }
}

extension String {
    /// libpq's messages end in a newline and may have several lines: one line for people.
    var trimmedLine: String {
        split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
