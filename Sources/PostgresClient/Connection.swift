import CMXPostgres
import Dispatch

/// One connection. Statements run one after the other on its own thread; whoever checked it out of the pool has it alone.
public actor Connection {
    private let executor: ThreadExecutor
    private let settings: ConnectionSettings
    private let canceller = Canceller()
    private var session: Session?

    /// The connection's own thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private init(_ settings: ConnectionSettings) {
        self.settings = settings
        executor = ThreadExecutor(name: "postgres")
    }

    /// Connects.
    ///
    /// - Throws: `PostgresError` of kind `.connect`.
    public static func connect(_ settings: ConnectionSettings) async throws -> Connection {
        let connection = Connection(settings)
        try await connection.open()
        return connection
    }

    private func open() throws {
        let session = try Session.open(settings)
        canceller.attach(session)
        self.session = session
    }

    /// Closes the connection; an open transaction is rolled back by the server.
    public func close() {
        session = nil
    }

    /// True when the connection stands and no transaction is open: fit for the next user.
    public var isReusable: Bool {
        guard let session else { return false }
        return !session.isBroken && session.isIdle
    }

    /// Runs one statement and returns all its rows.
    ///
    /// - Throws: `PostgresError`; `CancellationError` when the task was cancelled, whether or not the statement took
    ///   effect before.
    @discardableResult
    public nonisolated func query(_ sql: String, _ parameters: [Parameter] = []) async throws -> Rows {
        try await cancellable { try await self.execute(sql, parameters, id: $0) }
    }

    /// Runs a script of any number of statements without parameters; its rows are dropped.
    public nonisolated func run(script: String) async throws {
        try await cancellable { try await self.execute(script: script, id: $0) }
    }

    /// Runs `COPY … FROM STDIN` and streams into it.
    ///
    /// - Parameter next: gives the next piece of the stream, of any size; nil at its end. An error thrown by it ends
    ///   the COPY without effect.
    /// - Returns: the number of rows copied.
    public nonisolated func copyIn(_ sql: String, next: () async throws -> [UInt8]?) async throws -> Int64 {
        try await beginCopy(sql)
        do {
            while let piece = try await next() {
                try Task.checkCancellation()
                try await copy(piece)
            }
        } catch {
            await abandonCopy()
            throw error
        }
        return try await endCopy()
    }

    // MARK: - On the connection's thread

    private nonisolated func cancellable<Value: Sendable>(
        _ body: (UInt64) async throws -> Value
    ) async throws -> Value {
        let id = canceller.makeID()
        let canceller = canceller
        return try await withTaskCancellationHandler {
            do {
                return try await body(id)
            } catch let error as PostgresError where error.sqlState == "57014" && Task.isCancelled {
                throw CancellationError()
            }
        } onCancel: {
            DispatchQueue.global().async { canceller.cancel(id) }
        }
    }

    private func open(for id: UInt64) throws -> Session {
        guard let session else {
            throw PostgresError(kind: .connectionLost, message: "the database connection is closed")
        }
        canceller.begin(id)
        do {
            // A cancellation before `begin` found nothing to cancel.
            try Task.checkCancellation()
        } catch {
            canceller.end()
            throw error
        }
        return session
    }

    private func execute(_ sql: String, _ parameters: [Parameter], id: UInt64) throws -> Rows {
        let session = try open(for: id)
        defer { canceller.end() }
        let result = ParameterPointers(parameters).withPointers { types, values, lengths, formats in
            PQexecParams(session.pointer, sql, Int32(parameters.count), types, values, lengths, formats, 1)
        }
        return Rows(result: try session.check(result))
    }

    private func execute(script: String, id: UInt64) throws {
        let session = try open(for: id)
        defer { canceller.end() }
        _ = try session.check(PQexec(session.pointer, script))
    }

    private func beginCopy(_ sql: String) throws {
        let session = try open(for: 0)
        canceller.end()
        let result = try session.check(PQexec(session.pointer, sql))
        guard PQresultStatus(result.pointer) == PGRES_COPY_IN else {
            throw PostgresError(kind: .unexpectedAnswer, message: "the statement is no COPY … FROM STDIN")
        }
    }

    private func copy(_ piece: [UInt8]) throws {
        guard let session else { return }
        let sent = piece.withUnsafeBytes { bytes in
            PQputCopyData(session.pointer, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
        }
        guard sent == 1 else { throw session.lost() }
    }

    private func endCopy() throws -> Int64 {
        guard let session else { return 0 }
        guard PQputCopyEnd(session.pointer, nil) == 1 else { throw session.lost() }
        return Rows(result: try session.check(drain(session))).affected
    }

    private func abandonCopy() {
        guard let session else { return }
        _ = PQputCopyEnd(session.pointer, "the client gave up")
        _ = try? session.check(drain(session))
    }

    /// The first result of a COPY; libpq wants all results read until there is none.
    private func drain(_ session: Session) -> OpaquePointer? {
        let first = PQgetResult(session.pointer)
        while let further = PQgetResult(session.pointer) { PQclear(further) }
        return first
    }
}

/// Parameters as libpq takes them: four parallel arrays, of which one points to the values where they are. A batch of results
/// has megabytes.
private struct ParameterPointers {
    private let parameters: [Parameter]

    init(_ parameters: [Parameter]) { self.parameters = parameters }

    func withPointers<Result>(_ body: ([Oid], [UnsafePointer<CChar>?], [Int32], [Int32]) -> Result) -> Result {
        // So that an empty value has an address, too: a null pointer would mean NULL.
        "".withCString { empty in
            withValues(parameters[...], [], empty: empty) { values in
                body(
                    parameters.map(\.typeID), values, parameters.map { Int32(clamping: $0.bytes?.count ?? 0) },
                    Array(repeating: 1, count: parameters.count))
            }
        }
    }

    /// Adds the addresses of `rest` to `values`, one level for each: an array's memory stays in place while its closure runs.
    private func withValues<Result>(
        _ rest: ArraySlice<Parameter>, _ values: [UnsafePointer<CChar>?], empty: UnsafePointer<CChar>,
        _ body: ([UnsafePointer<CChar>?]) -> Result
    ) -> Result {
        guard let first = rest.first else { return body(values) }
        guard let bytes = first.bytes else {
            return withValues(rest.dropFirst(), values + [nil], empty: empty, body)
        }
        return bytes.withUnsafeBytes { raw in
            let value = raw.baseAddress.map { UnsafePointer($0.assumingMemoryBound(to: CChar.self)) } ?? empty
            return withValues(rest.dropFirst(), values + [value], empty: empty, body)
        }
    }
}
