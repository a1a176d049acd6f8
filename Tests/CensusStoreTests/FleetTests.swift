import CensusModel
import DatabaseTestSupport
import PostgresClient
import Testing

@testable import CensusStore

@Suite("Leading")
struct LeadingTests {
    @Test("One coordinator leads; another only when its time is over, or it has ended")
    func lead() async throws {
        try await withStore { store in
            #expect(try await store.lead(1, name: "one", seconds: 60))
            #expect(try await store.lead(2, name: "two", seconds: 60) == false)
            #expect(try await store.lead(1, name: "one", seconds: 60))
            #expect(try await store.coordinators().map(\.name) == ["one", "two"])
            #expect(try await store.coordinators().map(\.leads) == [true, false])
            try await store.query("UPDATE census.leader SET lead_until = now()")
            #expect(try await store.lead(2, name: "two", seconds: 60))
            #expect(try await store.lead(1, name: "one", seconds: 60) == false)
            #expect(try await store.coordinators().map(\.name) == ["two", "one"])
            try await store.stopLeading(2)
            #expect(try await store.coordinators().map(\.leads) == [false])
            #expect(try await store.lead(1, name: "one", seconds: 60))
            #expect(try await store.value("SELECT term FROM census.leader") == 3)
        }
    }

    @Test("Of many that ask at the same moment exactly one leads")
    func race() async throws {
        try await withStore { store in
            let led = try await withThrowingTaskGroup(of: Bool.self) { group in
                for id in 1...20 { group.addTask { try await store.lead(Int64(id), name: "c", seconds: 60) } }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(led == 1)
        }
    }
}

@Suite("Paused and cancelled scans")
struct StoppedScanTests {
    @Test("Nothing of a paused scan is leased; it goes on where it was")
    func pause() async throws {
        try await withStore { store in
            let (scan, worker) = try await store.makePlannedScan(hosts: 3)
            try await store.pause(scan.id)
            #expect(try await store.leaseLanes(worker, maxLanes: 9, maxTargetsPerLane: 9).isEmpty)
            #expect(try await store.stoppedScans(among: [scan.id, 99]) == [scan.id, 99])
            #expect(try await store.finishIfComplete(scan.id) == false)
            try await store.pause(scan.id)
            try await store.resume(scan.id)
            #expect(try await store.stoppedScans(among: [scan.id]) == [])
            #expect(try await store.leaseLanes(worker, maxLanes: 9, maxTargetsPerLane: 9).count == 1)
        }
    }

    @Test("A cancelled scan ends with its last lease, whose results count, and not before")
    func cancel() async throws {
        try await withStore { store in
            let (scan, worker) = try await store.makePlannedScan(hosts: 2) { [.v4(0x0a00_0001 + UInt32($0) << 8)] }
            let lanes = try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 9)
            try await store.cancel(scan.id)
            #expect(try await store.findScan(id: scan.id)?.state == .cancelling)
            #expect(try await store.finishIfComplete(scan.id) == false)
            #expect(try await store.leaseLanes(worker, maxLanes: 9, maxTargetsPerLane: 9).isEmpty)
            #expect(try await store.completeLanes(lanes.map { completion($0) }) == [])
            #expect(try await store.finishIfComplete(scan.id))
            let ended = try #require(try await store.findScan(id: scan.id))
            #expect(ended.state == .cancelled && ended.finishedAt != nil)
            #expect(try await store.value("SELECT count(*) FROM census.probe_result WHERE final") == 1)
            for change in [store.pause, store.resume, store.cancel] as [(Int64) async throws -> Void] {
                let refused = await #expect(throws: StoreError.self) { try await change(scan.id) }
                #expect(refused?.sqlState == "MX005")
            }
        }
    }

    @Test("A cancelled scan whose worker vanished ends when its leases are taken back")
    func vanished() async throws {
        try await withStore { store in
            let (scan, worker) = try await store.makePlannedScan(hosts: 1)
            _ = try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 9)
            try await store.cancel(scan.id)
            try await store.expire(worker)
            #expect(try await store.finishIfComplete(scan.id) == false)
            #expect(try await store.reapExpired() == 1)
            #expect(try await store.finishIfComplete(scan.id))
        }
    }
}

@Suite("Batches that were given up")
struct DeadBatchTests {
    @Test("Retried in a finished scan, they run it again until each domain and host has its one result")
    func retry() async throws {
        try await withStore { store in
            let scan = try await store.makeScan(["a.example", "b.example"])
            for _ in 1...5 {
                let worker = try await store.register()
                try await store.passTime()
                let lease = try #require(try await store.leaseResolve(worker, max: 1).first)
                try await store.failResolve(lease, error: "it hurts")
            }
            #expect(try await store.deadBatches(scan.id).map(\.lastError) == ["it hurts"])
            #expect(try await store.finishIfComplete(scan.id))
            #expect(
                try await store.value("SELECT count(*) FROM census.domain_result WHERE status = 'dns_failure'") == 2)

            #expect(try await store.retryDead(scan.id) == 1)
            #expect(try await store.findScan(id: scan.id)?.state == .running)
            let worker = try await store.register()
            try await store.resolveAll(
                worker, answer: { _ in .init(status: .mx, mx: [MXRecord(preference: 1, host: "mx.example.net")]) },
                host: { resolvedHost($0, [address("192.0.2.1")]) })
            _ = try await store.planProbes(scan.id)
            for _ in 1...5 {
                let worker = try await store.register()
                try await store.passTime()
                #expect(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 9).count == 1)
                try await store.expire(worker)
                _ = try await store.reapExpired()
            }
            #expect(try await store.finishIfComplete(scan.id))
            #expect(try await store.retryDead(scan.id) == 1)
            try await store.passTime()
            let lanes = try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 9)
            #expect(try await store.completeLanes(lanes.map { completion($0) }) == [])
            #expect(try await store.finishIfComplete(scan.id))
            #expect(try await store.value("SELECT count(*) FROM census.domain_result WHERE status = 'mx'") == 2)
            #expect(try await store.value("SELECT count(*) FROM census.domain_result") == 2)
            #expect(try await store.value("SELECT count(*) FROM census.probe_result WHERE final") == 1)
            #expect(try await store.retryDead(scan.id) == 0)
            #expect(try await store.findScan(id: scan.id)?.state == .finished)
        }
    }
}

@Suite("The queues of a scan that has ended")
struct EndedQueueTests {
    private static let bytes =
        "SELECT pg_relation_size('census.probe_target_s1') + pg_relation_size('census.probe_queue_s1')"

    private func completeAll(_ store: Store, _ worker: WorkerID) async throws {
        let lanes = try await store.leaseLanes(worker, maxLanes: 9, maxTargetsPerLane: 9)
        #expect(try await store.completeLanes(lanes.map { completion($0) }) == [])
    }

    @Test("They take no space")
    func emptied() async throws {
        try await withStore { store in
            let (scan, worker) = try await store.makePlannedScan(hosts: 3)
            try await completeAll(store, worker)
            #expect(try await store.value(Self.bytes) > 0)
            #expect(try await store.finishIfComplete(scan.id))
            #expect(try await store.value(Self.bytes) == 0)
        }
    }

    @Test("Somebody who reads them, as a backup does, does not keep the scan from ending")
    func readByOthers() async throws {
        try await withStore { store in
            let (scan, worker) = try await store.makePlannedScan(hosts: 3)
            try await completeAll(store, worker)
            try await store.pool.transaction { reader in
                try await reader.query("SELECT FROM census.probe_target")
                #expect(try await store.finishIfComplete(scan.id))
            }
            #expect(try await store.findScan(id: scan.id)?.state == .finished)
            #expect(try await store.value(Self.bytes) > 0)
        }
    }
}

@Suite("Networks that scans share")
struct SharedNetworkTests {
    private func two(_ store: Store, hosts: Int, networks: Int, rate: Double = 1_000_000) async throws -> [ScanInfo] {
        var settings = quickSettings
        settings.limits.rate = rate
        let addresses = { (host: Int) in [IPAddress.v4(0x0a00_0000 + UInt32(host % networks) << 8 + UInt32(host))] }
        return [
            try await store.makePlannedScan(hosts: hosts, name: "one", settings: settings, addresses: addresses).scan,
            try await store.makePlannedScan(hosts: hosts, name: "two", settings: settings, addresses: addresses).scan,
        ]
    }

    @Test("While one scan's lane is leased or rests, the other's waits")
    func waits() async throws {
        try await withStore { store in
            _ = try await two(store, hosts: 1, networks: 1, rate: 0.1)
            let worker = try await store.register()
            let first = try await store.leaseLanes(worker, maxLanes: 9, maxTargetsPerLane: 9)
            #expect(first.count == 1)
            try await store.query("UPDATE census.lane SET ready_at = now() WHERE state = 'ready'")
            #expect(try await store.leaseLanes(worker, maxLanes: 9, maxTargetsPerLane: 9).isEmpty)
            #expect(try await store.completeLanes(first.map { completion($0) }) == [])
            try await store.query("UPDATE census.lane SET ready_at = now() WHERE state = 'ready'")
            #expect(try await store.leaseLanes(worker, maxLanes: 9, maxTargetsPerLane: 9).isEmpty, "it rests")
            // Also when the scan has ended meanwhile.
            #expect(try await store.finishIfComplete(first[0].scanID))
            #expect(try await store.leaseLanes(worker, maxLanes: 9, maxTargetsPerLane: 9).isEmpty, "it rests")
            try await store.passTime()
            let second = try await store.leaseLanes(worker, maxLanes: 9, maxTargetsPerLane: 9)
            #expect(second.count == 1 && second[0].scanID != first[0].scanID)
        }
    }

    @Test("Of workers that lease at the same time no two ever hold one network, and both scans come to their end")
    func race() async throws {
        try await withStore { store in
            let scans = try await two(store, hosts: 60, networks: 3)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...4 {
                    group.addTask {
                        let worker = try await store.register()
                        while try await store.unfinishedScans().count > 0 {
                            let lanes = try await store.leaseLanes(worker, maxLanes: 2, maxTargetsPerLane: 3)
                            let doubles = try await store.value(
                                """
                                SELECT count(*) FROM (
                                  SELECT network FROM census.lane WHERE state = 'leased' GROUP BY network HAVING count(*) > 1
                                ) AS held_twice
                                """)
                            #expect(doubles == 0)
                            #expect(try await store.completeLanes(lanes.map { completion($0) }) == [])
                            for scan in scans { _ = try await store.finishIfComplete(scan.id) }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.value("SELECT count(*) FROM census.probe_result WHERE final") == 120)
        }
    }
}

@Suite("What people ask about a fleet")
struct FleetViewTests {
    @Test("Workers with what they hold, lanes by length and slowdown, and what is ready")
    func views() async throws {
        try await withStore { store in
            var settings = quickSettings
            settings.limits = NetworkLimits(rate: 2, connections: 4)
            // Network 1 has one host, network 2 has three.
            let (scan, worker) = try await store.makePlannedScan(hosts: 4, settings: settings) {
                [.v4(0x0a00_0000 + UInt32($0 == 1 ? 1 : 2) << 8 + UInt32($0))]
            }
            #expect(try await store.value("SELECT lanes_ready FROM census.ready_work") == 2)
            #expect(
                try await store.lanes(scan.id, order: .longest, limit: 9).map(\.network) == [
                    "10.0.2.0/24", "10.0.1.0/24",
                ])
            #expect(try await store.lanes(scan.id, order: .slowest, limit: 9).isEmpty)
            let lanes = try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 1)
            #expect(try await store.workers().map(\.lanes) == [1])
            let refusal = record(
                lanes[0].targets[0], .greetingRejected, conclusive: false, next: .retry(afterSeconds: 60),
                pushedBack: true)
            #expect(try await store.completeLanes([LaneCompletion(lease: lanes[0], records: [refusal])]) == [])
            let slow = try #require(try await store.lanes(scan.id, order: .slowest, limit: 9).first)
            #expect(slow.network == "10.0.2.0/24" && slow.pending == 3 && slow.done == 0 && slow.slowdown == 1)
            #expect(slow.ratePerSecond == 1 && slow.remainingSeconds == 3)
            #expect(try await store.workers().map(\.lanes) == [0])
        }
    }

    @Test("Workers that ended a week ago and hold nothing are forgotten")
    func forget() async throws {
        try await withStore { store in
            let (old, recent) = (try await store.register(), try await store.register())
            for worker in [old, recent] { try await store.retireWorker(worker) }
            try await store.query(
                "UPDATE census.worker SET ended_at = now() - interval '8 days' WHERE id = $1", [Parameter(old)])
            #expect(try await store.forgetWorkers() == 1)
            #expect(try await store.value("SELECT max(id) FROM census.worker") == recent)
        }
    }
}
