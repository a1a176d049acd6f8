import CensusModel
import DatabaseTestSupport
import PostgresClient
import Testing

@testable import CensusStore

@Suite("Statistics for the planner")
struct StatisticsTests {
    /// What the planner knows of the scans in a partition: one value, all rows. 0 when it knows nothing.
    private func knownColumns(_ store: Store, scan: ScanInfo) async throws -> Int64 {
        try await store.value(
            """
            SELECT count(*) FROM pg_stats WHERE schemaname = 'census' AND tablename = 'mx_host_s\(scan.id)'
              AND attname = 'scan_id' AND n_distinct = 1
            """)
    }

    /// Adds hosts, and tells the server's counters at the end of the transaction instead of some time later.
    private func addHosts(_ count: Int, to scan: ScanInfo, on connection: Connection) async throws {
        try await connection.query(
            """
            INSERT INTO census.mx_host (scan_id, id, name, provider, status, dnssec)
            SELECT \(scan.id), n, 'mx' || n || '.example.net', 'example.net', 'ok', 'insecure'
            FROM generate_series(1, \(count)) n
            """)
        try await connection.query("SELECT pg_stat_force_next_flush()")
    }

    @Test("A partition with rows is analyzed once they are there for all, and not before")
    func analyzed() async throws {
        try await withStore { store in
            let scan = try await store.makeScan(["d1.example"])
            _ = try await store.planProbes(scan.id)
            #expect(try await knownColumns(store, scan: scan) == 0)
            try await store.pool.transaction { connection in
                try await addHosts(2000, to: scan, on: connection)
                // Another connection cannot see the rows, though the file has grown.
                _ = try await store.planProbes(scan.id)
            }
            #expect(try await knownColumns(store, scan: scan) == 0)
            _ = try await store.planProbes(scan.id)
            #expect(try await knownColumns(store, scan: scan) == 1)
        }
    }

    /// Changes rows, and tells the server's counters at the end of the transaction.
    private func change(_ statement: String, _ store: Store) async throws {
        try await store.pool.transaction { connection in
            try await connection.query(statement)
            try await connection.query("SELECT pg_stat_force_next_flush()")
        }
    }

    private func queue(_ hosts: ClosedRange<Int>, of scan: ScanInfo, _ store: Store) async throws {
        try await change(
            """
            INSERT INTO census.probe_queue (scan_id, host_id, ordinal)
            SELECT \(scan.id), n, 1 FROM generate_series(\(hosts.lowerBound), \(hosts.upperBound)) n
            """, store)
    }

    @Test("A queue that was empty at the last look and has filled again is analyzed")
    func refilled() async throws {
        try await withStore { store in
            let scan = try await store.makeScan(["d1.example"])
            let partition = "census.probe_queue_s\(scan.id)"
            func known() async throws -> Int64 {
                try await store.value("SELECT reltuples::bigint FROM pg_class WHERE oid = '\(partition)'::regclass")
            }
            try await store.query("ALTER TABLE \(partition) SET (autovacuum_enabled = off)")
            try await queue(1...20_000, of: scan, store)
            // The last page stays, and with it the file.
            try await change("DELETE FROM \(partition) WHERE host_id < 20000", store)
            try await store.query("VACUUM ANALYZE \(partition)")
            #expect(try await known() == 1)
            try await queue(1...19_999, of: scan, store)
            #expect(try await store.planProbes(scan.id) == 10_000)
            #expect(try await known() == 20_000)
            #expect(try await store.planProbes(scan.id) == 10_000)
            #expect(try await store.planProbes(scan.id) == 0)
        }
    }

    /// What the planner knows of the hosts of all scans together.
    private func parentKnowsHosts(_ store: Store) async throws -> Bool {
        try await store.value(
            """
            SELECT count(*) FROM pg_stats WHERE schemaname = 'census' AND tablename = 'mx_host' AND inherited
              AND attname = 'name' AND n_distinct = -1
            """) == 1
    }

    /// Adds hosts to a partition, which then has statistics of its own.
    private func addAnalyzedHosts(_ count: Int, to scan: ScanInfo, _ store: Store) async throws {
        try await store.pool.transaction { try await addHosts(count, to: scan, on: $0) }
        try await store.query("ANALYZE census.mx_host_s\(scan.id)")
    }

    @Test("A partitioned table is analyzed when it has ten times the rows of the last time")
    func parents() async throws {
        try await withStore { store in
            let scan = try await store.makeScan(["d1.example"])
            #expect(try await store.analyzeParent() == nil)
            try await addAnalyzedHosts(2000, to: scan, store)
            #expect(try await !parentKnowsHosts(store))
            #expect(try await store.analyzeParent() == "mx_host")
            #expect(try await parentKnowsHosts(store))
            #expect(try await store.analyzeParent() == nil)
            let second = try await store.createScan(
                name: "second", list: "list", settings: quickSettings, trustStorePEM: [1, 2, 3])
            try await addAnalyzedHosts(17_000, to: second, store)
            #expect(try await store.analyzeParent() == nil)
            let third = try await store.createScan(
                name: "third", list: "list", settings: quickSettings, trustStorePEM: [1, 2, 3])
            try await addAnalyzedHosts(1000, to: third, store)
            // 2,000 have become 20,000.
            #expect(try await store.analyzeParent() == "mx_host")
            #expect(try await store.analyzeParent() == nil)
        }
    }
}
