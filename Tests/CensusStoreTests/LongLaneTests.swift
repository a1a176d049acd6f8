import CensusModel
import DatabaseTestSupport
import PostgresClient
import Testing

@testable import CensusStore

@Suite("Long lanes")
struct LongLaneTests {
    /// Host N in the network that its place in `networks` names.
    private func placed(_ networks: [Int]) -> (Int) -> [IPAddress] {
        { [.v4(0x0a00_0000 + UInt32(networks[$0 - 1]) << 8 + UInt32($0))] }
    }

    private func lease(_ store: Store, _ worker: WorkerID, _ targets: Int = 99) async throws -> LaneLease {
        try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: targets).first)
    }

    private func part(_ lease: LaneLease, _ targets: some Sequence<LaneTarget>) -> LaneCompletion {
        LaneCompletion(lease: lease, records: targets.map { record($0) })
    }

    @Test("A lease that is gone on with writes what it found, and gets the targets that it does not hold")
    func goingOn() async throws {
        try await withStore { store in
            let (scan, worker) = try await store.makePlannedScan(hosts: 9)
            let lease = try await lease(store, worker, 4)
            let found = lease.targets.prefix(2)
            let held = lease.targets.dropFirst(2)
            let more = try await store.continueLane(part(lease, found), held: held.map(\.targetID), max: 3)
            #expect(more.count == 3)
            #expect(Set(more.map(\.targetID)).isDisjoint(with: lease.targets.map(\.targetID)))
            #expect(try await store.progress(scan.id).targetsDone == 2)
            let rest = try await store.continueLane(
                part(lease, held + more.dropLast()), held: more.suffix(1).map(\.targetID), max: 9)
            #expect(Set(rest + more + lease.targets).count == 9)
            #expect(try await store.completeLanes([part(lease, more.suffix(1) + rest)]) == [])
            #expect(try await store.finishIfComplete(scan.id))
            #expect(try await store.value("SELECT count(*) FROM census.probe_result WHERE final") == 9)
            #expect(try await store.value("SELECT fence FROM census.lane") == 1)
        }
    }

    @Test("Retries are counted as left, next addresses and withdrawals as done; a retry comes back when it is due")
    func counting() async throws {
        try await withStore { store in
            let addresses = ["192.0.2.1", "198.51.100.1"].map(address)
            let (scan, worker) = try await store.makePlannedScan(hosts: 4) { $0 == 2 ? addresses : [addresses[0]] }
            let lease = try await lease(store, worker)
            let targets = Dictionary(uniqueKeysWithValues: lease.targets.map { ($0.host, $0) })
            let (first, second) = (try #require(targets["mx1.example.net"]), try #require(targets["mx2.example.net"]))
            let (third, last) = (try #require(targets["mx3.example.net"]), try #require(targets["mx4.example.net"]))
            let found = LaneCompletion(
                lease: lease,
                records: [
                    record(first, .connectTimeout, conclusive: false, next: .retry(afterSeconds: 0)),
                    record(second, .refused, next: .nextAddress),
                ],
                withdrawn: [Withdrawal(targetID: third.targetID, hostID: third.hostID, wholeHost: true)])
            let more = try await store.continueLane(found, held: [last.targetID], max: 9)
            #expect(more.map(\.host) == [first.host])
            #expect(more.first?.attempt == 2)
            let counts =
                "pending = 2 AND targets_done = 2 AND targets_total = 4 AND size_class = 1 AND state = 'leased'"
            #expect(try await store.value("SELECT count(*) FROM census.lane WHERE \(counts)") == 1)
            #expect(try await store.completeLanes([part(lease, [last] + more)]) == [])
            #expect(try await store.planProbes(scan.id) == 1)
            #expect(try await store.completeLanes([completion(try await self.lease(store, worker))]) == [])
            #expect(try await store.finishIfComplete(scan.id))
        }
    }

    @Test("Repeated, because its answer was lost, it writes nothing twice and gives the same targets")
    func repetition() async throws {
        try await withStore { store in
            let (_, worker) = try await store.makePlannedScan(hosts: 6)
            let lease = try await lease(store, worker, 3)
            let found = LaneCompletion(
                lease: lease,
                records: [
                    record(lease.targets[0]),
                    record(lease.targets[1], .connectTimeout, conclusive: false, next: .retry(afterSeconds: 3600)),
                ])
            let held = [lease.targets[2].targetID]
            let first = try await store.continueLane(found, held: held, max: 9)
            #expect(first.count == 3)
            #expect(try await store.continueLane(found, held: held, max: 9) == first)
            #expect(try await store.value("SELECT count(*) FROM census.probe_result") == 2)
            #expect(
                try await store.value("SELECT count(*) FROM census.lane WHERE pending = 5 AND targets_done = 1") == 1)
        }
    }

    @Test("A lease that was taken back is not gone on with, nor one of somebody else")
    func lost() async throws {
        try await withStore { store in
            let (_, worker) = try await store.makePlannedScan(hosts: 6)
            let mine = try await lease(store, worker, 3)
            let held = [mine.targets[2].targetID]
            try await store.expire(worker)
            #expect(try await store.reapExpired() == 1)
            await #expect(throws: LeaseLost.self) {
                _ = try await store.continueLane(part(mine, mine.targets.prefix(2)), held: held, max: 9)
            }
            try await store.passTime()
            let theirs = try await lease(store, try await store.register(), 3)
            #expect(theirs.laneID == mine.laneID)
            await #expect(throws: LeaseLost.self) {
                _ = try await store.continueLane(part(mine, mine.targets.prefix(2)), held: held, max: 9)
            }
            #expect(try await store.value("SELECT count(*) FROM census.probe_result") == 0)
        }
    }

    @Test("A lease gets no further targets while a longer lane waits, but once that is leased")
    func yielding() async throws {
        try await withStore { store in
            let (_, worker) = try await store.makePlannedScan(hosts: 8, addresses: placed([1, 1, 1, 1, 2, 2, 2, 2]))
            let one = try await lease(store, worker, 3)
            let other = try await lease(store, worker, 3)
            #expect([one, other].map(\.network.description).sorted() == ["10.0.1.0/24", "10.0.2.0/24"])
            #expect(try await store.completeLanes([LaneCompletion(lease: other, records: [])]) == [])
            try await store.passTime()
            // Two are left of the one, and four of the other.
            let held = [one.targets[2].targetID]
            #expect(try await store.continueLane(part(one, one.targets.prefix(2)), held: held, max: 9).isEmpty)
            #expect(try await store.value("SELECT count(*) FROM census.probe_result") == 2)
            #expect(try await lease(store, worker, 3).laneID == other.laneID)
            let nothing = LaneCompletion(lease: one, records: [])
            #expect(try await store.continueLane(nothing, held: held, max: 9).count == 1)
        }
    }

    @Test("A lease gets no further targets while its scan is paused, or another scan waits")
    func others() async throws {
        try await withStore { store in
            let (scan, worker) = try await store.makePlannedScan(hosts: 6)
            let lease = try await lease(store, worker, 3)
            let nothing = LaneCompletion(lease: lease, records: [])
            let held = lease.targets.map(\.targetID)
            try await store.pause(scan.id)
            #expect(try await store.continueLane(nothing, held: held, max: 9).isEmpty)
            try await store.resume(scan.id)
            #expect(try await store.continueLane(nothing, held: held, max: 9).count == 3)
            let other = try await store.createScan(
                name: "other", list: "list", settings: quickSettings, trustStorePEM: [1])
            try await store.resolveAll(
                worker,
                answer: { .init(status: .mx, mx: [MXRecord(preference: 10, host: "mx.\($0)")]) },
                host: { resolvedHost($0, [address("192.0.2.77")]) })
            #expect(try await store.planProbes(other.id) == 6)
            #expect(try await store.continueLane(nothing, held: held, max: 9).isEmpty)
            // Its lane of the same network is put off: it waits all the same.
            try await store.query("UPDATE census.lane SET ready_at = now() + interval '1 h' WHERE state = 'ready'")
            #expect(try await store.continueLane(nothing, held: held, max: 9).isEmpty)
            try await store.cancel(other.id)
            #expect(try await store.continueLane(nothing, held: held, max: 9).count == 3)
        }
    }

    @Test("The networks of a scan are listed with all targets that they ever had")
    func networkTargets() async throws {
        try await withStore { store in
            let (scan, worker) = try await store.makePlannedScan(hosts: 5, addresses: placed([1, 2, 2, 7, 2]))
            #expect(try await store.completeLanes([completion(try await lease(store, worker))]) == [])
            let found = try await store.networkTargets(scan.id)
            #expect(found.map(\.network.description) == ["10.0.1.0/24", "10.0.2.0/24", "10.0.7.0/24"])
            #expect(found.map(\.targets) == [1, 3, 1])
        }
    }

    @Test("The lanes that take longest are leased first, also while hosts are still being resolved")
    func order() async throws {
        try await withStore { store in
            // Three domains a batch; the networks of their hosts: as batch after batch becomes known, network 3 grows.
            let networks = [1, 2, 2] + [3, 3, 3] + [1, 3, 3] + [3, 3, 3] + [4, 4, 4]
            let scan = try await store.makeScan((101...115).map { "d\($0).example" })
            let worker = try await store.register()
            let addresses = placed(networks)
            func resolveNext() async throws {
                let lease = try #require(try await store.leaseResolve(worker, max: 1).first)
                try await store.complete(
                    lease,
                    answer: { .init(status: .mx, mx: [MXRecord(preference: 1, host: "mx\($0.dropFirst())")]) },
                    host: { resolvedHost($0, addresses((Int($0.dropFirst(2).prefix { $0 != "." }) ?? 0) - 100)) })
                _ = try await store.planProbes(scan.id)
            }
            func longest() async throws -> String {
                let lease = try await lease(store, worker, 1)
                #expect(try await store.completeLanes([LaneCompletion(lease: lease, records: [])]) == [])
                try await store.passTime()
                return lease.network.description
            }
            try await resolveNext()
            #expect(try await longest() == "10.0.2.0/24")
            try await resolveNext()
            try await resolveNext()
            #expect(try await longest() == "10.0.3.0/24")
            try await resolveNext()
            try await resolveNext()
            #expect(try await longest() == "10.0.3.0/24")
            // Two targets at a sixteenth of the pace take longer than eight at the whole.
            try await store.query("UPDATE census.lane SET slowdown = 4 WHERE network = '10.0.1.0/24'")
            let leases = try await store.leaseLanes(worker, maxLanes: 2, maxTargetsPerLane: 9)
            #expect(leases.map(\.network.description).sorted() == ["10.0.1.0/24", "10.0.3.0/24"])
            let next = try await lease(store, worker)
            #expect(["10.0.2.0/24", "10.0.4.0/24"].contains(next.network.description))
        }
    }
}
