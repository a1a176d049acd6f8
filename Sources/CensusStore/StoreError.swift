import PostgresClient

/// What went wrong in the store, for people.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// What is wrong, where, and what to do.
    public let description: String
    /// The database is away, restarting or overloaded: worth repeating later.
    public let isTransient: Bool
    /// SQLSTATE of the database's error; nil when it did not come from the database.
    public let sqlState: String?

    init(_ description: String, isTransient: Bool = false, sqlState: String? = nil) {
        self.description = description
        self.isTransient = isTransient
        self.sqlState = sqlState
    }

    init(_ error: PostgresError) {
        self.init(error.description, isTransient: error.isTransient, sqlState: error.sqlState)
    }

    /// A code in the database that this program does not know.
    static func unknownCode(_ code: String, in place: String) -> StoreError {
        StoreError(
            "The database holds '\(code)' as \(place), which this program does not know: is it older than the data?")
    }
}

/// A lease was taken back: nothing was written, and somebody else may hold the batch now.
public struct LeaseLost: Error, Sendable, CustomStringConvertible {
    /// For people.
    public let description: String
}

/// The schema's own SQLSTATEs (see sql/migrations/V0006__resolving.sql).
private let leaseLostState = "MX001"

/// Runs `body` and turns the client's errors into the store's.
func translatingErrors<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
    do {
        return try await body()
    } catch let error as PostgresError {
        throw error.sqlState == leaseLostState ? LeaseLost(description: error.message) : StoreError(error)
    }
}
