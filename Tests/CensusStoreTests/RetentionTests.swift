import CensusModel
import DatabaseTestSupport
import PostgresClient
import Testing

@testable import CensusStore

@Suite("Retention")
struct RetentionTests {
    private func dropAll(_ store: Store) async throws -> [Int64] {
        var dropped: [Int64] = []
        while let scan = try await store.applyRetention() { dropped.append(scan) }
        return dropped
    }

    @Test(
        "Without a rule everything is kept; with one the newest are, the latest finished one always, and those that run"
    )
    func scans() async throws {
        try await withStore { store in
            var weeks: [Int64] = []
            for number in 1...4 { weeks.append(try await store.week("\(number)", ["a": .trusted]).id) }
            let running = try await store.begin("running", ["a": .trusted])
            #expect(try await dropAll(store) == [])
            try await store.setRetention(list: nil, keepScans: 2, keepMonths: nil)
            #expect(try await dropAll(store) == [weeks[0], weeks[1]])
            try await store.setRetention(list: "weekly", keepScans: nil, keepMonths: 3)
            #expect(try await store.retentionRules().map(\.list) == [nil, "weekly"])
            try await store.query(
                "UPDATE census.scan SET finished_at = now() - interval '4 months' WHERE finished_at IS NOT NULL")
            #expect(try await dropAll(store) == [weeks[2]])
            #expect(try await store.scans().map(\.id) == [running.id, weeks[3]])
            let tables = try await store.value(
                "SELECT count(*) FROM pg_class WHERE relnamespace = 'census'::regnamespace AND relname LIKE '%\\_s\(weeks[0])'"
            )
            #expect(tables == 0)
            try await store.setRetention(list: "weekly", keepScans: nil, keepMonths: nil)
            #expect(try await store.retentionRules().map(\.list) == [nil])
            let missing = await #expect(throws: StoreError.self) {
                try await store.setRetention(list: "nowhere", keepScans: 1, keepMonths: nil)
            }
            #expect(missing?.sqlState == "MX002")
        }
    }

    @Test("Certificates that no result refers to go; those that others share, or that were used again meanwhile, stay")
    func certificates() async throws {
        try await withStore { store in
            let shared: [UInt8] = [1]
            let first = try await store.week(
                "one", ["a": .trusted, "b": .trusted, "c": .trusted],
                chains: ["a": [[10], shared], "b": [[11], shared], "c": [[12], [2]]])
            try await store.week("two", ["a": .trusted], chains: ["a": [[10], shared]])
            #expect(try await store.removeUnusedCertificates() == 0)
            try await store.dropScan(first.id)
            #expect(try await store.value("SELECT census.find_unused_certificates()") == 2)
            // One of the two is seen again before they are removed.
            try await store.week("three", ["c": .trusted], chains: ["c": [[12], [2]]])
            #expect(try await store.value("SELECT removed FROM census.remove_unused_certificates()") == 1)
            #expect(try await store.value("SELECT count(*) FROM census.chain") == 2)
            #expect(try await store.value("SELECT count(*) FROM census.certificate") == 4)
            #expect(try await store.value("SELECT count(*) FROM census.certificate WHERE der = '\\x0b'") == 0)
            #expect(
                try await store.value(
                    "SELECT count(*) FROM census.probe_result r LEFT JOIN census.chain c ON c.id = r.chain_id WHERE r.chain_id IS NOT NULL AND c.id IS NULL"
                ) == 0)
        }
    }

    @Test("What is being removed waits for who is writing results, and the other way round")
    func lock() async throws {
        try await withStore { store in
            // Who writes results holds the lock until the end of the transaction.
            let free =
                "SELECT count(*) FROM (SELECT WHERE pg_try_advisory_xact_lock(hashtext('mxcensus certificates'), 0)) AS t"
            try await store.pool.transaction { writer in
                try await writer.query("SELECT census.add_certificates('{}')")
                #expect(try await store.value(free) == 0)
            }
            #expect(try await store.value(free) == 1)
        }
    }
}

@Suite("Certificates that fail before the next scan")
struct ExpiringTests {
    @Test("Those of trusted hosts in the latest finished scan, with the domains and the mail behind them")
    func expiring() async throws {
        try await withStore { store in
            try await store.week(
                "one", ["a": .trusted, "b": .trusted, "c": .broken, "d": .trusted],
                chains: ["a": [[1]], "b": [[1]], "c": [[3]], "d": [[4]]])
            try await store.query(
                "UPDATE census.certificate SET not_after = now() + CASE der WHEN '\\x04' THEN interval '31 days' ELSE interval '29 days' END"
            )
            var row = try await store.query("SELECT hosts, domains, volume, example_host FROM census.expiring_soon")
                .one()
            #expect(try row.next(Int64.self) == 2)
            #expect(try row.next(Int64.self) == 2)
            #expect(try row.next(Double.self) == 2)
            #expect(try row.next(String.self) == "mx.a.example")
        }
    }
}
