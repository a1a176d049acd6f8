import CensusModel
import DatabaseTestSupport
import Logging
import PostgresClient
import Testing

@testable import CensusCoordinator
@testable import CensusStore

@Suite("Statistics beside planning")
struct StatisticsTests {
    /// Who may look after a scan.
    enum Keeper: CaseIterable {
        case ofOneScan, ofTheFleet

        func run(_ store: Store, scan: ScanInfo) async throws {
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            switch self {
            case .ofOneScan: try await Coordinator(store: store, logger: logger).run(scan: scan.id)
            case .ofTheFleet: try await FleetCoordinator(store: store, name: "test", logger: logger).run()
            }
        }
    }

    @Test(
        "Tables are analyzed while a scan runs, and its targets are planned however long that takes",
        .timeLimit(.minutes(5)), arguments: Keeper.allCases)
    func beside(keeper: Keeper) async throws {
        try await withStore { store in
            let scan = try await scanWithOneHost(store)
            // As a table would be that takes long: as long as this test holds the lock.
            try await store.query(
                """
                CREATE OR REPLACE FUNCTION census.analyze_parent() RETURNS text LANGUAGE plpgsql AS $$
                BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NULL; END $$
                """)
            try await store.pool.transaction { holder in
                try await holder.query("SELECT pg_advisory_xact_lock(42)")
                let keeping = Task { try await keeper.run(store, scan: scan) }
                defer { keeping.cancel() }
                while try await !isAnalyzing(store) { try await Task.sleep(for: .milliseconds(10)) }
                // Added only now, so that no round before the look can have planned it.
                try await store.query(
                    "INSERT INTO census.probe_queue (scan_id, host_id, ordinal) VALUES ($1, 1, 1)", [.scan(scan.id)])
                while try await store.number("SELECT count(*) FROM census.probe_target") == 0 {
                    try await Task.sleep(for: .milliseconds(10))
                }
                #expect(try await isAnalyzing(store))
            }
        }
    }

    private func isAnalyzing(_ store: Store) async throws -> Bool {
        try await store.number(
            """
            SELECT count(*) FROM pg_locks
            WHERE locktype = 'advisory' AND objid = 42 AND NOT granted
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """) > 0
    }

    /// A scan whose names are still to be resolved, so that it cannot end.
    private func scanWithOneHost(_ store: Store) async throws -> ScanInfo {
        let name = try #require(DomainName(normalized: "d1.example"))
        var pieces = [[ListedDomain(name: name, weight: 1)]]
        _ = try await store.importList("list") { pieces.popLast() }
        let scan = try await store.createScan(
            name: "scan", list: "list", settings: ScanSettings(), trustStorePEM: [1, 2, 3])
        try await store.query(
            """
            INSERT INTO census.mx_host (scan_id, id, name, provider, status, dnssec)
            VALUES ($1, 1, 'mx.example.net', 'example.net', 'ok', 'insecure')
            """, [.scan(scan.id)])
        try await store.query(
            "INSERT INTO census.host_address (scan_id, host_id, ordinal, permitted, address) VALUES ($1, 1, 1, true, '192.0.2.1')",
            [.scan(scan.id)])
        return scan
    }
}
