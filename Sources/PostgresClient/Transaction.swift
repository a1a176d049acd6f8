/// How a transaction sees the others.
public enum TransactionMode: String, Sendable {
    /// Each statement sees what was committed before it began.
    case readCommitted = "BEGIN ISOLATION LEVEL READ COMMITTED"
    /// All statements see the same moment, and none writes.
    case snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
}

extension Connection {
    /// Runs `body` in a transaction: committed when it returns, rolled back when it throws.
    ///
    /// - Throws: what `body` throws; `PostgresError`. When the connection is lost during COMMIT, whether the
    ///   transaction took effect is unknown.
    public nonisolated func transaction<Value: Sendable>(
        _ mode: TransactionMode = .readCommitted, _ body: (Connection) async throws -> Value
    ) async throws -> Value {
        try await query(mode.rawValue)
        let value: Value
        do {
            value = try await body(self)
        } catch {
            await rollBack()
            throw error
        }
        try await query("COMMIT")
        return value
    }

    /// Rolls back, also in a cancelled task; a connection on which that fails is not used again.
    private nonisolated func rollBack() async {
        await Task {
            do {
                try await query("ROLLBACK")
            } catch {
                await close()
            }
        }.value
    }

    /// Hands every row of a query to `body` in order, at most `batch` of them in memory. Only inside a transaction.
    ///
    /// - Throws: `PostgresError`; what `body` throws.
    public nonisolated func forEachRow(
        _ sql: String, _ parameters: [Parameter] = [], batch: Int = 1000, _ body: (inout Row) throws -> Void
    ) async throws {
        try await forEachBatch(sql, parameters, size: batch) { rows in for var row in rows { try body(&row) } }
    }

    /// Hands the rows of a query to `body` in order, `size` at a time. Only inside a transaction.
    ///
    /// - Throws: `PostgresError`; what `body` throws.
    public nonisolated func forEachBatch(
        _ sql: String, _ parameters: [Parameter] = [], size: Int, _ body: (Rows) async throws -> Void
    ) async throws {
        try await query("DECLARE streamed_rows NO SCROLL CURSOR FOR " + sql, parameters)
        while true {
            let rows = try await query("FETCH \(size) FROM streamed_rows")
            if !rows.isEmpty { try await body(rows) }
            if rows.count < size { break }
        }
        try await query("CLOSE streamed_rows")
    }
}
