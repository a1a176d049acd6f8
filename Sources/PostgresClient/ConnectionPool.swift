import Synchronization

/// A few connections to one database, opened when first needed, lent to one user at a time.
public final class ConnectionPool: Sendable {
    /// Where its connections go.
    public let settings: ConnectionSettings
    private let limit: Int
    private let state = Mutex(State())

    private struct State {
        var idle: [Connection] = []
        /// Lent, or being opened.
        var lent = 0
        var waiting: [(id: UInt64, continuation: CheckedContinuation<Connection?, any Error>)] = []
        var lastID: UInt64 = 0
        var closed = false
    }

    /// - Parameter limit: most connections at once; further users wait in order.
    public init(_ settings: ConnectionSettings, limit: Int) {
        self.settings = settings
        self.limit = max(1, limit)
    }

    /// Lends a connection to `body`.
    ///
    /// - Throws: what `body` throws; `PostgresError` of kind `.connect`; `CancellationError` while waiting.
    public func withConnection<Value: Sendable>(_ body: (Connection) async throws -> Value) async throws -> Value {
        let connection = try await take()
        do {
            let value = try await body(connection)
            await giveBack(connection)
            return value
        } catch {
            await giveBack(connection)
            throw error
        }
    }

    /// Runs `body` in a transaction, and again when another transaction got in its way.
    ///
    /// - Parameter attempts: how often `body` may run in all: more than 1 only when it is safe to repeat.
    public func transaction<Value: Sendable>(
        _ mode: TransactionMode = .readCommitted, attempts: Int = 1, _ body: (Connection) async throws -> Value
    ) async throws -> Value {
        var attempt = 1
        while true {
            do {
                return try await withConnection { try await $0.transaction(mode, body) }
            } catch let error as PostgresError where error.isSerializationConflict && attempt < attempts {
                try await Self.pause(before: attempt)
                attempt += 1
            }
        }
    }

    /// Runs one statement, and again after a serialisation conflict or deadlock, in which it had no effect.
    @discardableResult
    public func query(_ sql: String, _ parameters: [Parameter] = [], attempts: Int = 5) async throws -> Rows {
        var attempt = 1
        while true {
            do {
                return try await withConnection { try await $0.query(sql, parameters) }
            } catch let error as PostgresError where error.isSerializationConflict && attempt < attempts {
                try await Self.pause(before: attempt)
                attempt += 1
            }
        }
    }

    /// Two that met in a deadlock and came back at once would meet again: each waits a while of its own.
    private static func pause(before attempt: Int) async throws {
        try await Task.sleep(for: .milliseconds(Int.random(in: 5...50) * attempt))
    }

    /// Closes idle connections now and lent ones when they come back. Later users get an error.
    public func close() async {
        let idle = state.withLock { state in
            state.closed = true
            defer { state.idle = [] }
            return state.idle
        }
        for connection in idle { await connection.close() }
    }

    // MARK: - Lending

    private enum Grant {
        case connection(Connection)
        case open
        case wait
        case refuse
    }

    private func take() async throws -> Connection {
        try Task.checkCancellation()
        let grant = state.withLock { state -> Grant in
            if state.closed { return .refuse }
            if let connection = state.idle.popLast() {
                state.lent += 1
                return .connection(connection)
            }
            guard state.lent < limit else { return .wait }
            state.lent += 1
            return .open
        }
        switch grant {
        case .connection(let connection): return connection
        case .open: return try await open()
        case .wait:
            if let connection = try await waitForTurn() { return connection }
            return try await open()
        case .refuse: throw PostgresError(kind: .connectionLost, message: "the connection pool is closed")
        }
    }

    /// Opens a connection on a place that is already counted as lent.
    private func open() async throws -> Connection {
        do {
            return try await Connection.connect(settings)
        } catch {
            passOn(nil)
            throw error
        }
    }

    /// A connection, or nil: the place of one, to be opened.
    private func waitForTurn() async throws -> Connection? {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer = state.withLock { state -> Result<Connection?, any Error>? in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.lent < limit {
                        state.lent += 1
                        return .success(state.idle.popLast())
                    }
                    state.waiting.append((id, continuation))
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Connection?, any Error>? in
                guard let index = state.waiting.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiting.remove(at: index).continuation
            }
            waiter?.resume(throwing: CancellationError())
        }
    }

    private func giveBack(_ connection: Connection) async {
        if await connection.isReusable {
            passOn(connection)
        } else {
            await connection.close()
            passOn(nil)
        }
    }

    /// Hands a connection (or, with nil, the place of one) to the next in line; without one it becomes idle.
    private func passOn(_ connection: Connection?) {
        let next = state.withLock { state -> CheckedContinuation<Connection?, any Error>? in
            if !state.waiting.isEmpty { return state.waiting.removeFirst().continuation }
            state.lent -= 1
            if let connection, !state.closed { state.idle.append(connection) }
            return nil
        }
        next?.resume(returning: connection)
    }
}
