import CensusModel
import DatabaseTestSupport
import PostgresClient
import Testing

@testable import CensusStore

/// Random interleavings of everything that workers and coordinators do, against the real functions of the schema.
@Suite("Interleavings")
struct InterleavingTests {
    /// What must hold at every moment, whatever has happened. Each row is a violation.
    private static let violations = """
        SELECT format('lane %s counts %s pending targets, has %s', l.id, l.pending, count(t.host_id))
        FROM census.lane l LEFT JOIN census.probe_target t ON t.scan_id = l.scan_id AND t.lane_id = l.id
        GROUP BY l.scan_id, l.id, l.pending HAVING l.pending <> count(t.host_id)
        UNION ALL
        SELECT format('lane %s is ready before its first target', l.id) FROM census.lane l
        WHERE l.state = 'ready'
          AND l.ready_at < (SELECT min(t.not_before) FROM census.probe_target t WHERE t.scan_id = l.scan_id AND t.lane_id = l.id)
        UNION ALL
        SELECT format('target of host %s is in the wrong lane', t.host_id)
        FROM census.probe_target t JOIN census.lane l ON l.scan_id = t.scan_id AND l.id = t.lane_id
        WHERE NOT t.address <<= l.network
        UNION ALL
        SELECT format('host %s has %s of: final result, target, queue entry', h.id, n.places)
        FROM census.mx_host h, LATERAL (
          SELECT (SELECT count(*) FROM census.probe_result r WHERE r.scan_id = h.scan_id AND r.host_id = h.id AND r.final)
            + (SELECT count(*) FROM census.probe_target t WHERE t.scan_id = h.scan_id AND t.host_id = h.id)
            + (SELECT count(*) FROM census.probe_queue q WHERE q.scan_id = h.scan_id AND q.host_id = h.id) AS places
        ) n WHERE n.places <> CASE h.status WHEN 'opted_out' THEN 0 ELSE 1 END
        UNION ALL
        SELECT format('progress counts %s of %s targets as done', p.targets_done, p.targets)
        FROM census.scan_progress((SELECT max(id) FROM census.scan)) p
        WHERE p.targets - p.targets_done
          <> (SELECT count(*) FROM census.probe_target) + (SELECT count(*) FROM census.probe_queue)
        """

    private func check(_ store: Store, _ history: [String]) async throws {
        for row in try await store.query(Self.violations) {
            var row = row
            Issue.record("\(try row.next(String.self)) after \(history.suffix(8))")
        }
    }

    /// Two addresses a host, in ten networks.
    private func addresses(_ host: Int) -> [IPAddress] {
        [0, 5].map { .v4(0x0a00_0000 + UInt32((host + $0) % 10) << 8 + UInt32(host)) }
    }

    @Test("Invariants hold after every step of random histories, and no token is ever valid twice", arguments: 1...6)
    func sequential(seed: UInt64) async throws {
        try await withStore { store in
            let (scan, first) = try await store.makePlannedScan(hosts: 12, addresses: addresses)
            let workers = [first, try await store.register(), try await store.register()]
            var fleet = Fleet(store: store, scan: scan.id, workers: workers, random: SplitMix(state: seed))
            for _ in 0..<120 {
                try await fleet.step()
                try await check(store, fleet.history)
            }
            let accepted = fleet.accepted
            #expect(try await store.value("SELECT count(*) FROM census.probe_result") == accepted)
        }
    }

    @Test("Workers and coordinators at the same time, some of them vanishing: every host ends with one final result")
    func concurrent() async throws {
        try await withStore { store in
            let hosts = 150
            let (scan, _) = try await store.makePlannedScan(hosts: hosts, addresses: addresses)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for seed in 1...4 {
                    group.addTask { try await work(store, seed: UInt64(seed), scan: scan.id) }
                }
                for _ in 0..<2 {
                    group.addTask {
                        while try await !store.finishIfComplete(scan.id) {
                            _ = try await store.reapExpired()
                            _ = try await store.planProbes(scan.id)
                            try await store.passTime()
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await check(store, [])
            let ended = "SELECT count(*) FROM census.probe_result WHERE final"
            let optedOut = "SELECT count(*) FROM census.mx_host WHERE status = 'opted_out'"
            let without = try await store.value(optedOut)
            #expect(try await store.value(ended) == Int64(hosts) - without)
            #expect(without > 0)
            #expect(try await store.value("SELECT count(*) FROM census.probe_target") == 0)
            #expect(try await store.value("SELECT count(*) FROM census.lane WHERE state <> 'idle'") == 0)
            let progress = try await store.progress(scan.id)
            #expect(progress.targets == progress.targetsDone)
        }
    }

    /// Leases and completes until the scan has ended; now and then vanishes with what it holds and comes back anew.
    private func work(_ store: Store, seed: UInt64, scan: Int64) async throws {
        var random = SplitMix(state: seed)
        var worker = try await store.register()
        while try await store.findScan(id: scan)?.state == .running {
            let leases = try await store.leaseLanes(worker, maxLanes: 3, maxTargetsPerLane: 4)
            if !leases.isEmpty, Int.random(in: 0..<10, using: &random) == 0 {
                try await store.expire(worker)
                worker = try await store.register()
                continue
            }
            let completions = leases.map { random.completion(of: $0) }
            #expect(try await store.completeLanes(completions) == [])
        }
    }
}

/// What a few workers and a coordinator believe, one step after the other.
private struct Fleet {
    let store: Store
    let scan: Int64
    var workers: [WorkerID]
    var random: SplitMix
    /// Leases that stand, and leases that have ended.
    private var held: [LaneLease] = []
    private var stale: [LaneLease] = []
    private(set) var history: [String] = []
    /// Records in completions that were accepted.
    private(set) var accepted: Int64 = 0

    init(store: Store, scan: Int64, workers: [WorkerID], random: SplitMix) {
        self.store = store
        self.scan = scan
        self.workers = workers
        self.random = random
    }

    mutating func step() async throws {
        let worker = workers[Int.random(in: workers.indices, using: &random)]
        switch Int.random(in: 0..<12, using: &random) {
        case 0...3: try await lease(worker)
        case 4...6: try await completeOne()
        case 7: try await completeStale()
        case 8:
            history.append("expire \(worker)")
            try await store.expire(worker)
            _ = try await store.reapExpired()
            try await replace(worker)
        case 9:
            history.append("retire \(worker)")
            try await store.retireWorker(worker)
            try await replace(worker)
        case 10:
            history.append("time")
            try await store.passTime()
        default:
            history.append("plan")
            _ = try await store.planProbes(scan)
        }
    }

    private mutating func lease(_ worker: WorkerID) async throws {
        let leases = try await store.leaseLanes(worker, maxLanes: 2, maxTargetsPerLane: 2)
        for lease in leases {
            history.append("lease \(lease.laneID)")
            #expect(!held.contains { $0.laneID == lease.laneID }, "lane \(lease.laneID) is held twice")
            #expect(!stale.contains { $0.laneID == lease.laneID && $0.fence >= lease.fence })
        }
        held += leases
    }

    private mutating func completeOne() async throws {
        guard !held.isEmpty else { return }
        let lease = held.remove(at: Int.random(in: held.indices, using: &random))
        history.append("complete \(lease.laneID)")
        let done = random.completion(of: lease)
        #expect(try await store.completeLanes([done]) == [])
        accepted += Int64(done.records.count)
        stale.append(lease)
    }

    private mutating func completeStale() async throws {
        guard let lease = stale.randomElement(using: &random) else { return }
        history.append("complete stale \(lease.laneID)")
        #expect(try await store.completeLanes([completion(lease, .refused)]) == [lease.laneID])
    }

    private mutating func replace(_ worker: WorkerID) async throws {
        stale += held.filter { $0.worker == worker }
        held.removeAll { $0.worker == worker }
        workers.removeAll { $0 == worker }
        workers.append(try await store.register())
    }
}

extension SplitMix {
    /// Results of most targets: retries, next addresses, ends and withdrawals, as far as the target allows.
    mutating func completion(of lease: LaneLease) -> LaneCompletion {
        var records: [ProbeRecord] = []
        var withdrawn: [Withdrawal] = []
        for target in lease.targets where Int.random(in: 0..<5, using: &self) > 0 {
            switch Int.random(in: 0..<8, using: &self) {
            case 2:
                let whole = Bool.random(using: &self)
                withdrawn.append(Withdrawal(targetID: target.targetID, hostID: target.hostID, wholeHost: whole))
            case 0 where target.attempt < 3, 3 where target.attempt < 3:
                records.append(record(target, .connectTimeout, conclusive: false, next: .retry(afterSeconds: 0)))
            case 1 where target.hasNextAddress, 4 where target.hasNextAddress:
                records.append(record(target, .refused, next: .nextAddress))
            default: records.append(record(target))
            }
        }
        return LaneCompletion(lease: lease, records: records, withdrawn: withdrawn)
    }
}

/// A small generator of random numbers with a seed (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
