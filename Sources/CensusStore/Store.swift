import CensusModel
import CensusSQL
import PostgresClient
import Synchronization

/// The census's database.
public final class Store: Sendable {
    /// Where the database is: for child processes such as psql.
    public let settings: ConnectionSettings
    let pool: ConnectionPool
    let leaseRequests = LeaseRequests()
    private let types = Mutex<RecordTypes?>(nil)

    private init(_ settings: ConnectionSettings, connections: Int) {
        self.settings = settings
        pool = ConnectionPool(settings, limit: connections)
    }

    /// Connects.
    ///
    /// - Parameters:
    ///   - connections: most connections at once.
    ///   - migrating: brings the schema up to date first. Otherwise an old schema is refused.
    /// - Throws: `StoreError`: no connection, a schema newer than this program, or one that has to be migrated.
    public static func open(
        _ settings: ConnectionSettings, connections: Int = 8, migrating: Bool = false
    ) async throws -> Store {
        let store = Store(settings, connections: connections)
        do {
            if migrating { try await store.migrate() }
            try await store.requireCurrentSchema()
        } catch {
            await store.close()
            throw error
        }
        return store
    }

    /// Closes all connections: those in use when their use ends.
    public func close() async {
        await pool.close()
    }

    /// One statement, repeated after a serialisation conflict or deadlock.
    @discardableResult
    func query(_ sql: String, _ parameters: [Parameter] = []) async throws -> Rows {
        try await translatingErrors { try await self.pool.query(sql, parameters) }
    }

    /// The types in which results are handed over; asked for once.
    func recordTypes() async throws -> RecordTypes {
        if let known = types.withLock({ $0 }) { return known }
        let rows = try await query(EmbeddedSQL.compositeTypes)
        let found = try translate { try RecordTypes(rows) }
        types.withLock { $0 = found }
        return found
    }

    /// Reads an answer; its errors become the store's.
    func translate<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as PostgresError {
            throw StoreError(error)
        }
    }
}

/// Object ids of the schema's composite types.
struct RecordTypes: Sendable {
    let domainAnswer: CompositeType
    let hostAnswer: CompositeType
    let laneCompletion: CompositeType
    let certificate: CompositeType
    let probe: CompositeType
    let withdrawal: CompositeType
    let lookNote: CompositeType

    init(_ rows: Rows) throws {
        var types: [String: CompositeType] = [:]
        for var row in rows {
            let name: String = try row.next()
            types[name] = CompositeType(typeID: try row.next(), arrayTypeID: try row.next())
        }
        func type(_ name: String) throws -> CompositeType {
            guard let type = types[name] else {
                throw StoreError("The database has no type census.\(name): its schema is damaged.")
            }
            return type
        }
        domainAnswer = try type("domain_answer")
        hostAnswer = try type("host_answer")
        laneCompletion = try type("lane_completion")
        certificate = try type("certificate_record")
        probe = try type("probe_record")
        withdrawal = try type("withdrawal")
        lookNote = try type("look_note")
    }
}

/// Numbers the lease calls of this process, and remembers those whose answer never came: what they took in the database
/// goes back with the worker's next lease call.
final class LeaseRequests: Sendable {
    private struct State {
        var last: Int64 = 0
        var unanswered: [WorkerID: [Int64]] = [:]
    }

    private let state = Mutex(State())

    /// The number of a new call, and the calls it must name as unanswered.
    func begin(_ worker: WorkerID) -> (number: Int64, unanswered: [Int64]) {
        state.withLock { state in
            state.last += 1
            return (state.last, state.unanswered.removeValue(forKey: worker) ?? [])
        }
    }

    /// The call and those it named are still unanswered.
    func failed(_ worker: WorkerID, number: Int64, unanswered: [Int64]) {
        state.withLock { $0.unanswered[worker, default: []] += unanswered + [number] }
    }
}
