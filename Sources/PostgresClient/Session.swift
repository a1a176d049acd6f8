import CMXPostgres
import Foundation
import Synchronization

/// Owns libpq's connection; only its `Connection` actor uses it.
final class Session {
    let pointer: OpaquePointer

    private init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { PQfinish(pointer) }

    /// Connects, blocking.
    static func open(_ settings: ConnectionSettings) throws -> Session {
        let keywords = withDefaults(settings.keywords).sorted { $0.key < $1.key }
        let names = keywords.map { strdup($0.key) }
        let values = keywords.map { strdup($0.value) }
        defer { (names + values).forEach { free($0) } }
        let nameArray = names.map { UnsafePointer($0) } + [nil]
        let valueArray = values.map { UnsafePointer($0) } + [nil]
        guard let pointer = PQconnectdbParams(nameArray, valueArray, 0) else {
            throw PostgresError(kind: .connect, message: "not enough memory for a database connection")
        }
        let session = Session(pointer)
        guard PQstatus(pointer) == CONNECTION_OK else {
            throw PostgresError(
                kind: .connect, message: "no connection to the \(settings.place): \(session.lastMessage)")
        }
        // Notices ("relation exists, skipping") would go to standard error otherwise.
        PQsetNoticeReceiver(pointer, { _, _ in }, nil)
        return session
    }

    /// Dead peers are noticed within about half a minute, so that a worker learns in time that it is cut off.
    private static func withDefaults(_ keywords: [String: String]) -> [String: String] {
        var defaults = [
            "fallback_application_name": "mxcensus", "client_encoding": "UTF8", "keepalives_idle": "10",
            "keepalives_interval": "5", "keepalives_count": "3", "tcp_user_timeout": "30000",
        ]
        if ProcessInfo.processInfo.environment["PGCONNECT_TIMEOUT"] == nil { defaults["connect_timeout"] = "10" }
        return defaults.merging(keywords) { _, given in given }
    }

    var isBroken: Bool { PQstatus(pointer) != CONNECTION_OK }
    var isIdle: Bool { PQtransactionStatus(pointer) == PQTRANS_IDLE }
    var lastMessage: String { String(cString: PQerrorMessage(pointer)).trimmedLine }

    /// Takes over `result`, and throws what it says when it is an error.
    func check(_ result: OpaquePointer?) throws -> QueryResult {
        guard let result else { throw lost() }
        let owned = QueryResult(result)
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY, PGRES_COPY_IN:
            return owned
        default:
            // Without SQLSTATE it comes from libpq: a write failed, after which its status may stay good for a while.
            let isFromServer = PQresultErrorField(result, Int32(("C" as UnicodeScalar).value)) != nil
            throw isBroken || !isFromServer ? lost() : Self.serverError(result)
        }
    }

    func lost() -> PostgresError {
        PostgresError(kind: .connectionLost, message: "the database connection broke: \(lastMessage)")
    }

    private static func serverError(_ result: OpaquePointer) -> PostgresError {
        func field(_ code: UnicodeScalar) -> String? {
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
        }
        // Field codes: PostgreSQL documentation, "Error and Notice Message Fields".
        return PostgresError(
            kind: .server, sqlState: field("C"),
            message: field("M") ?? String(cString: PQresultErrorMessage(result)).trimmedLine, detail: field("D"),
            hint: field("H"), context: field("W"), constraint: field("n"))
    }
}

/// Asks the server to cancel the statement that a connection is running, from any thread.
final class Canceller: Sendable {
    /// Owns libpq's cancel object.
    private final class Handle {
        let pointer: OpaquePointer
        init?(_ session: Session) {
            guard let pointer = PQgetCancel(session.pointer) else { return nil }
            self.pointer = pointer
        }
        deinit { PQfreeCancel(pointer) }
    }

    private struct State {
        var handle: Handle?
        var lastID: UInt64 = 0
        var running: UInt64?
    }

    private let state = Mutex(State())

    /// - Parameter session: not used after the call returns.
    func attach(_ session: Session) {
        let handle = Handle(session)
        state.withLock { [handle = UncheckedTransfer(handle)] in $0.handle = handle.value }
    }

    func makeID() -> UInt64 {
        state.withLock {
            $0.lastID += 1
            return $0.lastID
        }
    }

    func begin(_ id: UInt64) { state.withLock { $0.running = id } }

    /// Waits for a cancel request on its way, so that it cannot hit the next statement.
    func end() { state.withLock { $0.running = nil } }

    /// Cancels the statement `id` if it is still running. Blocks for one round trip.
    func cancel(_ id: UInt64) {
        state.withLock { state in
            guard state.running == id, let handle = state.handle else { return }
            var message = [CChar](repeating: 0, count: 256)
            // A failure leaves the statement running, as if the request had come too late.
            PQcancel(handle.pointer, &message, Int32(message.count))
        }
    }
}

/// Carries a value into a lock.
// Sendable because the value is handed over: whoever made it does not touch it again.
private struct UncheckedTransfer<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
