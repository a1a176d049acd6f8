/// What went wrong between this program and PostgreSQL.
public struct PostgresError: Error, Sendable, CustomStringConvertible {
    /// Which part failed.
    public enum Kind: Sendable, Hashable {
        /// The connection settings cannot be read.
        case settings
        /// No connection could be made.
        case connect
        /// The connection broke. When a COMMIT was on its way, whether it took effect is unknown.
        case connectionLost
        /// The server refused the statement; `sqlState` says why.
        case server
        /// The answer does not have the expected form: a column's type, a NULL, the number of rows.
        case unexpectedAnswer
    }

    /// Which part failed.
    public let kind: Kind
    /// Five characters (PostgreSQL documentation, Appendix A); nil when the error did not come from the server.
    public let sqlState: String?
    /// What is wrong.
    public let message: String
    /// More about it; nil when there is none.
    public let detail: String?
    /// What to do; nil when nobody knows.
    public let hint: String?
    /// PL/pgSQL call stack or COPY line; nil when there is none.
    public let context: String?
    /// Name of the violated constraint; nil when none was.
    public let constraint: String?

    init(
        kind: Kind, sqlState: String? = nil, message: String, detail: String? = nil, hint: String? = nil,
        context: String? = nil, constraint: String? = nil
    ) {
        self.kind = kind
        self.sqlState = sqlState
        self.message = message
        self.detail = detail
        self.hint = hint
        self.context = context
        self.constraint = constraint
    }

    /// Another transaction got in the way: the same transaction is likely to succeed when run again.
    public var isSerializationConflict: Bool { sqlState == "40001" || sqlState == "40P01" }

    /// The database is away, restarting, or out of connections: worth trying again later.
    public var isTransient: Bool {
        if isSerializationConflict { return true }
        guard let sqlState else { return kind == .connectionLost || kind == .connect }
        // 08: connection exceptions; 57P01…05: shutting down, crashed, not yet up; 53300: too many connections;
        // 57014: cancelled, but not by this task (that one is a CancellationError); 55P03: lock not available.
        return sqlState.hasPrefix("08") || sqlState.hasPrefix("57P")
            || ["53300", "57014", "55P03"].contains(sqlState)
    }

    /// All of it, on one line.
    public var description: String {
        var text = message
        if let detail { text += " (\(detail))" }
        if let hint { text += " Hint: \(hint)" }
        if let sqlState { text += " [SQLSTATE \(sqlState)]" }
        return text
    }
}
