import CensusModel
import DatabaseTestSupport
import PostgresClient
import Testing

@testable import CensusStore

@Suite("Scans")
struct ScanTests {
    @Test("Settings and trust store come back as they were given")
    func definition() async throws {
        try await withStore { store in
            var settings = ScanSettings(
                dnsServers: ["127.0.0.1:5300"], port: 2525, ehloName: "scanner.example", retries: 7)
            settings.policy = ContactPolicy(allowed: [CIDR("127.0.0.0/8")!])
            let scan = try await store.makeScan(["a.example"], settings: settings)
            let definition = try await store.scanDefinition(scan.id)
            #expect(definition.settings == settings)
            #expect(definition.trustStorePEM == [1, 2, 3])
            #expect(scan.state == .running)
            #expect(scan.list == "list")
            await #expect(throws: StoreError.self) { try await store.scanDefinition(scan.id + 1) }
        }
    }

    @Test("A scan covers the list as it was when the scan began, in ranges of the batch size")
    func snapshot() async throws {
        try await withStore { store in
            try await store.importDomains("l", (1...7).map { ("d\($0).example", Double(10 - $0)) })
            let scan = try await store.createScan(name: "all", list: "l", settings: quickSettings, trustStorePEM: [])
            try await store.importDomains("l", [("late.example", 1)])
            let worker = try await store.register()
            let leases = try await store.leaseResolve(worker, max: 100)
            #expect(leases.map { $0.domains.map(\.id) } == [[1, 2, 3], [4, 5, 6], [7]])
            #expect(leases[0].domains[0].name.text == "d1.example")
            #expect(leases.allSatisfy { $0.scanID == scan.id })
            #expect(try await store.progress(scan.id).domains == 7)
        }
    }

    @Test("A limit takes the domains with the largest weights")
    func limit() async throws {
        try await withStore { store in
            try await store.importDomains("l", [("a.example", 1), ("b.example", 5), ("c.example", 3)])
            _ = try await store.createScan(name: "two", list: "l", settings: quickSettings, trustStorePEM: [], limit: 2)
            let leases = try await store.leaseResolve(try await store.register(), max: 10)
            #expect(leases.flatMap { $0.domains.map(\.name.text) } == ["b.example", "c.example"])
        }
    }

    @Test("No such list, and a name that is taken, are told")
    func refusals() async throws {
        try await withStore { store in
            let missing = await #expect(throws: StoreError.self) {
                try await store.createScan(name: "s", list: "nowhere", settings: .init(), trustStorePEM: [])
            }
            #expect(missing?.description.contains("no list named 'nowhere'") == true)
            _ = try await store.makeScan(["a.example"], name: "s")
            let taken = await #expect(throws: StoreError.self) { try await store.makeScan(["a.example"], name: "s") }
            #expect(taken?.description.contains("a scan named 's' already") == true)
            #expect(try await store.scans().count == 1)
        }
    }

    @Test("Scans are found by name, by number, as the latest, and as unfinished")
    func finding() async throws {
        try await withStore { store in
            let first = try await store.makeScan(["a.example"], name: "first")
            let second = try await store.makeScan(["a.example"], name: "second")
            #expect(try await store.findScan(named: "first") == first)
            #expect(try await store.findScan(named: "third") == nil)
            #expect(try await store.findScan(id: second.id) == second)
            #expect(try await store.findScan(id: .max) == nil)
            #expect(try await store.latestScan() == second)
            #expect(try await store.scans().map(\.name) == ["second", "first"])
            try await store.query(
                "UPDATE census.scan SET state = 'cancelled', finished_at = now() WHERE name = 'second'")
            #expect(try await store.unfinishedScan(ofList: "list") == first)
            #expect(try await store.unfinishedScan(ofList: "other") == nil)
        }
    }

    @Test("A dropped scan leaves no table and no row, and others are untouched")
    func drop() async throws {
        try await withStore { store in
            let tables = "SELECT count(*) FROM pg_class WHERE relnamespace = 'census'::regnamespace AND relkind = 'r'"
            let (kept, worker) = try await store.makePlannedScan(hosts: 3, name: "kept")
            let before = try await store.value(tables)
            let dropped = try await store.makeScan(["a.example"], name: "dropped")
            #expect(try await store.value(tables) > before)
            #expect(try await store.dropScan(dropped.id))
            #expect(try await store.value(tables) == before)
            #expect(try await store.dropScan(dropped.id) == false)
            #expect(try await store.leaseLanes(worker, maxLanes: 9, maxTargetsPerLane: 9).count == 1)
            #expect(try await store.scans() == [kept])
        }
    }

    @Test("A paused scan gives out no work")
    func paused() async throws {
        try await withStore { store in
            let (scan, worker) = try await store.makePlannedScan(hosts: 3)
            try await store.query("UPDATE census.scan SET state = 'paused'")
            #expect(try await store.leaseLanes(worker, maxLanes: 9, maxTargetsPerLane: 9).isEmpty)
            #expect(try await store.finishIfComplete(scan.id) == false)
            try await store.query("UPDATE census.scan SET state = 'running'")
            #expect(try await store.leaseLanes(worker, maxLanes: 9, maxTargetsPerLane: 9).count == 1)
        }
    }
}
