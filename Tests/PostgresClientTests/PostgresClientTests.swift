import DatabaseTestSupport
import Foundation
import PostgresClient
import Testing

/// Gives `body` a connection to an empty database.
func withConnection<Value>(_ body: (Connection) async throws -> Value) async throws -> Value {
    try await withDatabase { settings in
        let connection = try await Connection.connect(settings)
        let value = try await body(connection)
        await connection.close()
        return value
    }
}

@Suite("Values")
struct ValueTests {
    @Test("Values of every type come back as they were sent, NULLs too")
    func roundTrip() async throws {
        try await withConnection { connection in
            var row = try await connection.query(
                "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9::int8",
                [
                    Parameter(Int16.min), Parameter(Int32.max), Parameter(Int64.min), Parameter(-0.1), Parameter(true),
                    Parameter("naïve ☃ 'quoted' \\ \"\n"), Parameter([UInt8](0...255)),
                    Parameter(Date(timeIntervalSince1970: 1_400_000_000.25)), Parameter(Int64?.none),
                ]
            ).one()
            #expect(try row.next(Int16.self) == .min)
            #expect(try row.next(Int32.self) == .max)
            #expect(try row.next(Int64.self) == .min)
            #expect(try row.next(Double.self) == -0.1)
            #expect(try row.next(Bool.self))
            #expect(try row.next(String.self) == "naïve ☃ 'quoted' \\ \"\n")
            #expect(try row.next([UInt8].self) == [UInt8](0...255))
            #expect(try row.next(Date.self) == Date(timeIntervalSince1970: 1_400_000_000.25))
            #expect(try row.nextOptional(Int64.self) == nil)
        }
    }

    @Test("The server understands parameters as it would literals")
    func serverAgrees() async throws {
        try await withConnection { connection in
            var row = try await connection.query(
                """
                SELECT $1 = '{1,NULL,-3}'::int8[], $2 = '{"a,b",NULL,"","\\"{}"}'::text[], $3 = '{}'::text[],
                  $4 = '{"\\\\x00ff",NULL}'::bytea[], $5 = '{1.5,NULL,-Infinity}'::float8[], $6 = '{t,NULL,f}'::bool[],
                  $7 = '{-1,NULL}'::int2[], $8 = '2014-05-13 16:53:20.25+00'::timestamptz, $9 = '2001:db8::1'::inet,
                  $10 = '192.0.2.7'::inet
                """,
                [
                    .array([Int64(1), nil, -3]), .array(["a,b", nil, "", "\"{}"]), .array([String?]()),
                    .array([[0, 255], nil] as [[UInt8]?]), .array([1.5, nil, -Double.infinity]),
                    .array([true, nil, false]), .array([Int16(-1), nil]),
                    Parameter(Date(timeIntervalSince1970: 1_400_000_000.25)),
                    Parameter(Inet(bytes: [0x20, 1, 0x0d, 0xb8] + Array(repeating: 0, count: 11) + [1])),
                    Parameter(Inet(bytes: [192, 0, 2, 7])),
                ]
            ).one()
            for column in 1...10 { #expect(try row.next(Bool.self), "parameter \(column)") }
        }
    }

    @Test("Arrays and networks that the server makes can be read")
    func readingArrays() async throws {
        try await withConnection { connection in
            var row = try await connection.query(
                "SELECT ARRAY['a', NULL, 'c'], ARRAY[1, 2]::int8[], '{}'::text[], NULL::text[], '192.0.2.0/24'::cidr, ARRAY[NULL]::text[]"
            ).one()
            #expect(try row.nextOptionalArray(of: String.self) == ["a", nil, "c"])
            #expect(try row.nextArray(of: Int64.self) == [1, 2])
            #expect(try row.nextArray(of: String.self) == [])
            #expect(try row.nextArray(of: String.self) == [])
            #expect(try row.next(Inet.self) == Inet(bytes: [192, 0, 2, 0], prefixLength: 24))
            #expect(throws: PostgresError.self) { try row.nextArray(of: String.self) }
        }
    }

    @Test("Composite values arrive field by field")
    func composites() async throws {
        try await withConnection { connection in
            try await connection.query("CREATE TYPE pair AS (name text, numbers int8[], note text)")
            var ids = try await connection.query(
                "SELECT oid, typarray FROM pg_type WHERE typname = 'pair' AND typtype = 'c'"
            ).one()
            let pair = CompositeType(typeID: try ids.next(), arrayTypeID: try ids.next())
            let parameter = pair.array([("a(,\")", [Int64(7)]), ("", [])]) { element, fields in
                fields.add(element.0)
                fields.add(array: element.1)
                fields.add(String?.none)
            }
            let rows = try await connection.query("SELECT name, numbers, note FROM unnest($1)", [parameter])
            #expect(rows.count == 2)
            var first = rows[0]
            #expect(try first.next(String.self) == "a(,\")")
            #expect(try first.nextArray(of: Int64.self) == [7])
            #expect(try first.nextOptional(String.self) == nil)
        }
    }

    @Test("A NUL inside text is refused, not cut short")
    func nul() async throws {
        try await withConnection { connection in
            let error = await #expect(throws: PostgresError.self) {
                try await connection.query("SELECT $1", [Parameter("a\0b")])
            }
            #expect(error?.sqlState == "22021")
        }
    }

    @Test("A column of another type or NULL is an error that names the column")
    func wrongColumn() async throws {
        try await withConnection { connection in
            var row = try await connection.query("SELECT 'x' AS letter, NULL::int8 AS nothing").one()
            let first = #expect(throws: PostgresError.self) { try row.next(Int64.self) }
            #expect(first?.kind == .unexpectedAnswer)
            #expect(first?.message.contains("'letter'") == true)
            let second = #expect(throws: PostgresError.self) { try row.next(Int64.self) }
            #expect(second?.message.contains("'nothing' is NULL") == true)
        }
    }
}

@Suite("Statements")
struct StatementTests {
    @Test("A violated constraint is told with its SQLSTATE and name")
    func constraint() async throws {
        try await withConnection { connection in
            try await connection.run(script: "CREATE TABLE t (a int CONSTRAINT positive CHECK (a > 0)); SELECT 1;")
            let error = await #expect(throws: PostgresError.self) {
                try await connection.query("INSERT INTO t VALUES ($1)", [Parameter(Int32(-1))])
            }
            #expect(error?.kind == .server)
            #expect(error?.sqlState == "23514")
            #expect(error?.constraint == "positive")
            #expect(error?.detail?.contains("-1") == true)
            #expect(error?.isTransient == false)
        }
    }

    @Test("COPY takes a stream of pieces and counts its rows")
    func copy() async throws {
        try await withConnection { connection in
            try await connection.query("CREATE TABLE t (name text, weight float8)")
            var copy = CopyStream()
            var left = 5
            let copied = try await connection.copyIn("COPY t FROM STDIN (FORMAT binary)") {
                if copy.isEnded { return nil }
                guard left > 0 else { return copy.end() }
                left -= 1
                for index in 0..<1000 {
                    copy.row(of: 2) { row in
                        row.appendField("name \(left) \(index)")
                        row.appendField(Double(index))
                    }
                }
                return copy.take()
            }
            #expect(copied == 5000)
            var row = try await connection.query("SELECT count(DISTINCT name), sum(weight) FROM t").one()
            #expect(try row.next(Int64.self) == 5000)
            #expect(try row.next(Double.self) == 5 * 499_500)
        }
    }

    @Test("An error in the middle of a COPY leaves nothing, and the connection goes on")
    func abandonedCopy() async throws {
        struct Enough: Error {}
        try await withConnection { connection in
            try await connection.query("CREATE TABLE t (a text)")
            var pieces = 0
            await #expect(throws: Enough.self) {
                _ = try await connection.copyIn("COPY t FROM STDIN") {
                    pieces += 1
                    if pieces == 3 { throw Enough() }
                    return Array("row\n".utf8)
                }
            }
            var row = try await connection.query("SELECT count(*) FROM t").one()
            #expect(try row.next(Int64.self) == 0)
            #expect(await connection.isReusable)
        }
    }

    @Test("Rows are streamed in batches, in order")
    func streaming() async throws {
        try await withConnection { connection in
            var seen: [Int64] = []
            try await connection.transaction { connection in
                try await connection.forEachRow(
                    "SELECT n::int8 FROM generate_series(1, $1) n", [Parameter(Int64(2500))], batch: 1000
                ) { seen.append(try $0.next()) }
            }
            #expect(seen == Array(1...2500))
        }
    }

    @Test("Cancelling the task cancels the statement on the server")
    func cancelling() async throws {
        try await withDatabase { settings in
            let pool = ConnectionPool(settings, limit: 2)
            // The lock is never given: only a cancelled statement can end the waiting.
            try await pool.withConnection { holder in
                try await holder.transaction { holder in
                    try await holder.query("SELECT pg_advisory_xact_lock(1)")
                    let waiting = Task { try await pool.query("SELECT pg_advisory_xact_lock(1)") }
                    while try await holder.query("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
                        .isEmpty
                    {}
                    waiting.cancel()
                    await #expect(throws: CancellationError.self) { try await waiting.value }
                }
            }
            await pool.close()
        }
    }

    @Test("A transaction whose body fails leaves nothing behind")
    func rollback() async throws {
        struct Enough: Error {}
        try await withConnection { connection in
            try await connection.query("CREATE TABLE t (a int)")
            await #expect(throws: Enough.self) {
                try await connection.transaction { connection in
                    try await connection.query("INSERT INTO t VALUES (1)")
                    throw Enough()
                }
            }
            #expect(try await connection.query("SELECT FROM t").isEmpty)
            #expect(await connection.isReusable)
        }
    }
}

@Suite("Connections")
struct ConnectionTests {
    @Test("A broken connection says so, is not lent again, and a new one takes its place")
    func loss() async throws {
        try await withDatabase { settings in
            let pool = ConnectionPool(settings, limit: 1)
            let killer = try await Connection.connect(settings)
            var row = try await pool.query("SELECT pg_backend_pid()").one()
            let victim: Int32 = try row.next()
            try await killer.query("SELECT pg_terminate_backend($1, 10000)", [Parameter(victim)])
            let error = await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
            #expect(error?.isTransient == true)
            #expect(try await pool.query("SELECT 1").count == 1)
            await killer.close()
            await pool.close()
        }
    }

    @Test("A transaction that met a deadlock is run again")
    func retry() async throws {
        try await withDatabase { settings in
            let pool = ConnectionPool(settings, limit: 2)
            try await pool.query("CREATE TABLE t (id int PRIMARY KEY, a int)")
            try await pool.query("INSERT INTO t VALUES (1, 0), (2, 0)")
            // Each locks one row, tells the other, then wants the other's row: one of them is a deadlock's victim.
            let (firstReady, firstGo) = AsyncStream.makeStream(of: Void.self)
            let (secondReady, secondGo) = AsyncStream.makeStream(of: Void.self)
            @Sendable func meet(
                _ own: Int32, _ other: Int32, go: AsyncStream<Void>.Continuation, wait: AsyncStream<Void>
            )
                async throws
            {
                try await pool.transaction(attempts: 3) { connection in
                    try await connection.query("UPDATE t SET a = a + 1 WHERE id = $1", [Parameter(own)])
                    go.finish()
                    for await _ in wait {}
                    try await connection.query("UPDATE t SET a = a + 1 WHERE id = $1", [Parameter(other)])
                }
            }
            async let first: Void = meet(1, 2, go: firstGo, wait: secondReady)
            async let second: Void = meet(2, 1, go: secondGo, wait: firstReady)
            _ = try await (first, second)
            var row = try await pool.query("SELECT min(a), max(a) FROM t").one()
            #expect(try row.next(Int32.self) == 2)
            #expect(try row.next(Int32.self) == 2)
            await pool.close()
        }
    }

    @Test("A pool never has more connections than its limit, and serves everybody")
    func limit() async throws {
        try await withDatabase { settings in
            let pool = ConnectionPool(settings, limit: 3)
            let pids = try await withThrowingTaskGroup(of: Int32.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        var row = try await pool.query("SELECT pg_backend_pid()").one()
                        return try row.next()
                    }
                }
                return try await group.reduce(into: Set<Int32>()) { $0.insert($1) }
            }
            #expect((1...3).contains(pids.count))
            await pool.close()
            await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
        }
    }

    @Test("A server that is not there is an error that names the place but no password")
    func noServer() async throws {
        let settings = try ConnectionSettings(url: "postgresql://me:secret@127.0.0.1:1/nowhere")
        let error = await #expect(throws: PostgresError.self) { _ = try await Connection.connect(settings) }
        #expect(error?.kind == .connect)
        #expect(error?.isTransient == true)
        #expect(error?.description.contains("database 'nowhere' at 127.0.0.1:1") == true)
        #expect(error?.description.contains("secret") == false)
    }

    @Test("libpq's parser reads addresses, and says what is wrong with others")
    func parsing() throws {
        let settings = try ConnectionSettings(url: "postgresql://u%40x@db.example:6432/census?sslmode=verify-full")
        #expect(
            settings.keywords == [
                "user": "u@x", "host": "db.example", "port": "6432", "dbname": "census", "sslmode": "verify-full",
            ])
        #expect(settings.environment["PGUSER"] == "u@x")
        #expect(throws: PostgresError.self) { try ConnectionSettings(url: "postgresql://host/db?nonsense=1") }
    }
}
