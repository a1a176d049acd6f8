import CensusModel
import DatabaseTestSupport
import PostgresClient
import Testing

@testable import CensusStore

@Suite("Lanes")
struct LaneTests {
    /// Host N in network 10.0.(N mod networks).0/24.
    private func spread(over networks: Int) -> (Int) -> [IPAddress] {
        { [.v4(0x0a00_0000 + UInt32($0 % networks) << 8 + UInt32($0 / networks + 1))] }
    }

    @Test("Each network is one lane, an IPv6 network is a /48, and no two workers hold the same")
    func networks() async throws {
        try await withStore { store in
            let addresses = [
                "192.0.2.1", "192.0.2.200", "198.51.100.1", "2001:db8:1::1", "2001:db8:1:ffff::1", "2001:db8:2::1",
            ]
            let (_, worker) = try await store.makePlannedScan(hosts: 6) { [address(addresses[$0 - 1])] }
            let other = try await store.register()
            let first = try await store.leaseLanes(worker, maxLanes: 2, maxTargetsPerLane: 9)
            let rest = try await store.leaseLanes(other, maxLanes: 9, maxTargetsPerLane: 9)
            #expect(first.count == 2)
            #expect(
                Set((first + rest).map(\.network.description)) == [
                    "192.0.2.0/24", "198.51.100.0/24", "2001:db8:1::/48", "2001:db8:2::/48",
                ])
            #expect(first.count + rest.count == 4)
            for lane in first + rest {
                #expect(
                    lane.targets.allSatisfy {
                        lane.network.contains($0.address) && $0.attempt == 1 && !$0.hasNextAddress
                    })
            }
            #expect((first + rest).flatMap(\.targets).map(\.host).sorted() == (1...6).map { "mx\($0).example.net" })
        }
    }

    @Test("The biggest lanes are leased first")
    func biggestFirst() async throws {
        try await withStore { store in
            // Networks 0, 1, 2, 3 with 1, 2, 4 and 8 hosts.
            let sizes = [0] + [1, 1] + [2, 2, 2, 2] + [3, 3, 3, 3, 3, 3, 3, 3]
            let (_, worker) = try await store.makePlannedScan(hosts: 15) { host in
                [.v4(0x0a00_0000 + UInt32(sizes[host - 1]) << 8 + UInt32(host))]
            }
            var order: [Int] = []
            while let lane = try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 99).first {
                order.append(lane.targets.count)
            }
            #expect(order == [8, 4, 2, 1])
        }
    }

    @Test("Leasing locks the networks of the lanes that are leased and no others, whatever the plan")
    func locks() async throws {
        try await withStore { store in
            let (_, worker) = try await store.makePlannedScan(hosts: 20, addresses: spread(over: 20))
            let locks: Int64 = try await store.pool.transaction { connection in
                // As after a few calls: a plan that was made for any scan and any lanes.
                try await connection.query("SELECT set_config('plan_cache_mode', 'force_generic_plan', true)")
                let leased = try await connection.query(
                    "SELECT * FROM census.lease_lanes($1, 3, 9, 1)", [Parameter(worker)])
                #expect(leased.count == 3)
                var row = try await connection.query(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
                ).one()
                return try row.next()
            }
            #expect(locks == 3)
        }
    }

    @Test("Results of a lane that was taken back are refused; those of others in the same call are written")
    func fencing() async throws {
        try await withStore { store in
            let (scan, slow) = try await store.makePlannedScan(hosts: 2, addresses: spread(over: 2))
            let mine = try #require(try await store.leaseLanes(slow, maxLanes: 1, maxTargetsPerLane: 9).first)
            try await store.expire(slow)
            #expect(try await store.reapExpired() == 1)
            try await store.passTime()
            let quick = try await store.register()
            let theirs = try await store.leaseLanes(quick, maxLanes: 9, maxTargetsPerLane: 9)
            let again = try #require(theirs.first { $0.laneID == mine.laneID })
            #expect(again.fence > mine.fence)
            #expect(try await store.completeLanes([completion(mine, .refused)]) == [mine.laneID])
            // A thief who knows the new token but is not the worker gets nowhere either.
            let forged = LaneLease(
                worker: slow, scanID: again.scanID, laneID: again.laneID, network: again.network, fence: again.fence,
                slowdown: again.slowdown, targets: again.targets, looks: [:])
            #expect(try await store.completeLanes([completion(forged, .refused)]) == [mine.laneID])
            #expect(try await store.value("SELECT count(*) FROM census.probe_result") == 0)
            #expect(try await store.completeLanes(theirs.map { completion($0) }) == [])
            #expect(
                try await store.completeLanes(theirs.map { completion($0, .refused) }) == theirs.map(\.laneID).sorted())
            #expect(
                try await store.value("SELECT count(*) FROM census.probe_result WHERE outcome = 'trusted' AND final")
                    == 2)
            #expect(try await store.finishIfComplete(scan.id))
        }
    }

    @Test("A worker that leases a lane again cannot complete it with its own earlier token")
    func earlierToken() async throws {
        try await withStore { store in
            let (_, worker) = try await store.makePlannedScan(hosts: 2)
            let first = try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 1).first)
            #expect(try await store.completeLanes([LaneCompletion(lease: first, records: [])]) == [])
            try await store.passTime()
            let second = try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 1).first)
            #expect(second.targets == first.targets)
            #expect(try await store.completeLanes([completion(first, .refused)]) == [first.laneID])
            #expect(try await store.completeLanes([completion(second)]) == [])
            #expect(try await store.value("SELECT count(*) FROM census.probe_result WHERE outcome = 'refused'") == 0)
        }
    }

    @Test("A lane completed in part keeps its other targets, and those that are not due")
    func partial() async throws {
        try await withStore { store in
            let (scan, worker) = try await store.makePlannedScan(hosts: 5)
            let lane = try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 3).first)
            #expect(lane.targets.count == 3)
            let two = LaneCompletion(lease: lane, records: lane.targets.prefix(2).map { record($0) })
            #expect(try await store.completeLanes([two]) == [])
            var progress = try await store.progress(scan.id)
            #expect(progress.targets == 5)
            #expect(progress.targetsDone == 2)
            try await store.passTime()
            let rest = try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 9).first)
            #expect(
                Set(rest.targets.map(\.hostID))
                    == Set(lane.targets.dropFirst(2).map(\.hostID)).union(rest.targets.map(\.hostID)))
            #expect(rest.targets.count == 3)
            // Drained before anything was seen: nothing changes, nobody is blamed.
            #expect(try await store.completeLanes([LaneCompletion(lease: rest, records: [])]) == [])
            try await store.passTime()
            let last = try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 9).first)
            #expect(try await store.completeLanes([completion(last)]) == [])
            progress = try await store.progress(scan.id)
            #expect(progress.targetsDone == 5)
            #expect(progress.complete)
        }
    }

    @Test("A retry comes later at the same address, with a new number; then the next address, then the end")
    func steps() async throws {
        try await withStore { store in
            let addresses = ["192.0.2.1", "198.51.100.1"].map(address)
            let (scan, worker) = try await store.makePlannedScan(hosts: 1) { _ in addresses }
            let first = try #require(try await store.leaseLanes(worker, maxLanes: 9, maxTargetsPerLane: 9).first)
            #expect(first.targets[0].address == addresses[0])
            #expect(first.targets[0].hasNextAddress)
            _ = try await store.completeLanes([
                completion(first, .connectTimeout, conclusive: false, next: .retry(afterSeconds: 300))
            ])
            #expect(try await store.leaseLanes(worker, maxLanes: 9, maxTargetsPerLane: 9).isEmpty)
            #expect(try await store.progress(scan.id).complete == false)
            let waits = try await store.value(
                "SELECT round(extract(epoch FROM min(ready_at) - now()))::bigint FROM census.lane WHERE state = 'ready'"
            )
            #expect((295...300).contains(waits))
            try await store.passTime()
            let second = try #require(try await store.leaseLanes(worker, maxLanes: 9, maxTargetsPerLane: 9).first)
            #expect(second.targets[0].attempt == 2)
            #expect(second.targets[0].targetID != first.targets[0].targetID)
            _ = try await store.completeLanes([
                completion(second, .connectTimeout, conclusive: false, next: .nextAddress)
            ])
            #expect(try await store.progress(scan.id).complete == false)
            #expect(try await store.planProbes(scan.id) == 1)
            let third = try #require(try await store.leaseLanes(worker, maxLanes: 9, maxTargetsPerLane: 9).first)
            #expect(third.targets[0].address == addresses[1])
            #expect(third.targets[0].attempt == 1)
            #expect(third.targets[0].hasNextAddress == false)
            _ = try await store.completeLanes([completion(third)])
            #expect(try await store.finishIfComplete(scan.id))
            #expect(try await store.value("SELECT count(*) FROM census.probe_result") == 3)
            #expect(try await store.value("SELECT count(*) FROM census.probe_result WHERE final AND ordinal = 2") == 1)
        }
    }

    @Test(
        "A record for a target that is not pending in the lane, or for an address that does not exist, refuses the whole call"
    )
    func strangers() async throws {
        try await withStore { store in
            let (_, worker) = try await store.makePlannedScan(hosts: 2, addresses: spread(over: 2))
            let lanes = try await store.leaseLanes(worker, maxLanes: 9, maxTargetsPerLane: 9)
            let strange = LaneCompletion(lease: lanes[0], records: [record(lanes[1].targets[0])])
            await #expect(throws: StoreError.self) { _ = try await store.completeLanes([strange]) }
            let beyond = completion(lanes[0], .refused, next: .nextAddress)
            await #expect(throws: StoreError.self) { _ = try await store.completeLanes([beyond]) }
            let twice = LaneCompletion(
                lease: lanes[0], records: [record(lanes[0].targets[0]), record(lanes[0].targets[0])])
            await #expect(throws: StoreError.self) { _ = try await store.completeLanes([twice]) }
            #expect(try await store.value("SELECT count(*) FROM census.probe_result") == 0)
            #expect(try await store.completeLanes(lanes.map { completion($0) }) == [])
        }
    }

    @Test("A network that was taken from a vanished worker rests; one that was handed back rests one turn")
    func gaps() async throws {
        try await withStore { store in
            var settings = quickSettings
            settings.limits.rate = 0.1
            settings.reclaimRest = nil
            let (_, worker) = try await store.makePlannedScan(hosts: 1, settings: settings)
            let rests = """
                SELECT round(extract(epoch FROM ready_at - now()))::bigint FROM census.lane
                WHERE state = 'ready' AND ready_at = rest_until
                """
            #expect(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 1).count == 1)
            try await store.retireWorker(worker)
            #expect((9...10).contains(try await store.value(rests)))
            try await store.passTime()
            let next = try await store.register()
            #expect(try await store.leaseLanes(next, maxLanes: 1, maxTargetsPerLane: 1).count == 1)
            try await store.expire(next)
            #expect(try await store.reapExpired() == 1)
            // Five minutes: RFC 5321 §4.5.3.2.7.
            #expect((299...300).contains(try await store.value(rests)))
            #expect(try await store.leaseLanes(try await store.register(), maxLanes: 1, maxTargetsPerLane: 1).isEmpty)
        }
    }

    @Test("An address that may not be contacted is no next address")
    func forbiddenNextAddress() async throws {
        try await withStore { store in
            let scan = try await store.makeScan(["a.example"])
            let worker = try await store.register()
            let addresses = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(address)
            try await store.resolveAll(
                worker, answer: { .init(status: .mx, mx: [MXRecord(preference: 1, host: "mx.\($0)")]) },
                host: { resolvedHost($0, addresses, permitted: Array(addresses.prefix(2))) })
            for (ordinal, hasNext) in [(0, true), (1, false)] {
                #expect(try await store.planProbes(scan.id) == 1)
                try await store.passTime()
                let lane = try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 9).first)
                let target = try #require(lane.targets.first)
                #expect(target.address == addresses[ordinal])
                #expect(target.hasNextAddress == hasNext)
                _ = try await store.completeLanes([
                    completion(lane, .connectTimeout, conclusive: false, next: hasNext ? .nextAddress : .final)
                ])
            }
            #expect(try await store.finishIfComplete(scan.id))
        }
    }

    @Test("New hosts in a lane that is leased, resting or idle are served after it")
    func growing() async throws {
        try await withStore { store in
            let scan = try await store.makeScan((1...9).map { "d\($0).example" })
            let worker = try await store.register()
            func resolveNext() async throws {
                let lease = try #require(try await store.leaseResolve(worker, max: 1).first)
                try await store.complete(
                    lease, answer: { .init(status: .mx, mx: [MXRecord(preference: 1, host: "mx.\($0)")]) },
                    host: { resolvedHost($0, [address("192.0.2.1")]) })
                #expect(try await store.planProbes(scan.id) == 3)
            }
            try await resolveNext()
            let first = try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 9).first)
            try await resolveNext()
            #expect(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 9).isEmpty)
            _ = try await store.completeLanes([completion(first)])
            try await store.passTime()
            let second = try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 9).first)
            #expect(second.targets.count == 3)
            _ = try await store.completeLanes([completion(second)])
            try await resolveNext()
            try await store.passTime()
            let third = try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 9).first)
            #expect(third.targets.count == 3)
            #expect(try await store.value("SELECT count(*) FROM census.lane") == 1)
        }
    }

    @Test("A lane that kills its workers is dead after five times, and the scan ends without its hosts")
    func poison() async throws {
        try await withStore { store in
            let (scan, _) = try await store.makePlannedScan(hosts: 2)
            for _ in 1...5 {
                let worker = try await store.register("victim")
                #expect(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 1).count == 1)
                try await store.expire(worker)
                #expect(try await store.reapExpired() == 1)
                try await store.passTime()
            }
            let dead = try #require(try await store.deadBatches(scan.id).first)
            #expect(dead.kind == .lane)
            #expect(dead.contents == "2 targets in 192.0.2.0/24")
            #expect(try await store.finishIfComplete(scan.id))
            let summary = try await store.summary(scan.id)
            #expect(summary.outcomes.isEmpty)
            #expect(summary.verdicts == [.init(verdict: .unseen, domains: 2, volume: 2)])
        }
    }

    @Test("A scan is not finished while anything is ready, leased or queued, and only once")
    func finishing() async throws {
        try await withStore { store in
            let scan = try await store.makeScan(["a.example"])
            #expect(try await store.finishIfComplete(scan.id) == false)
            let worker = try await store.register()
            let lease = try #require(try await store.leaseResolve(worker, max: 1).first)
            #expect(try await store.finishIfComplete(scan.id) == false)
            try await store.complete(
                lease, answer: { .init(status: .mx, mx: [MXRecord(preference: 1, host: "mx.\($0)")]) },
                host: { resolvedHost($0, [address("192.0.2.1")]) })
            #expect(try await store.finishIfComplete(scan.id) == false)
            #expect(try await store.planProbes(scan.id) == 1)
            #expect(try await store.finishIfComplete(scan.id) == false)
            let lane = try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 1).first)
            #expect(try await store.finishIfComplete(scan.id) == false)
            _ = try await store.completeLanes([completion(lane)])
            let finishes = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 { group.addTask { try await store.finishIfComplete(scan.id) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(finishes == [true, true, true, true])
            let ended = try #require(try await store.findScan(id: scan.id))
            #expect(ended.state == .finished)
            #expect(ended.finishedAt != nil)
            #expect(try await store.unfinishedScan(ofList: nil) == nil)
        }
    }
}
