import CensusModel
import DatabaseTestSupport
import PostgresClient
import Synchronization
import Testing

@testable import CensusStore

/// The lease protocol against a model of it: two scans whose hosts are in the same networks, many workers and coordinators, and
/// people who pause, cancel and retry, in random order against the real functions of the schema.
@Suite("The lease protocol")
struct FleetModelTests {
    @Test("After every step of random histories exactly the tokens are valid that the model holds", arguments: 1...5)
    func histories(seed: UInt64) async throws {
        try await withStore { store in
            var model = FleetModel(store: store, scans: try await store.makeTwinScans(hosts: 12), seed: seed)
            for _ in 0..<150 {
                try await model.step()
                try await model.check()
            }
        }
    }

    @Test("At no moment do two workers hold a network, whichever scans they serve, and both scans end complete")
    func networks() async throws {
        try await withStore { store in
            let hosts = 120
            let scans = try await store.makeTwinScans(hosts: hosts)
            let holders = Holders()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for seed in 1...5 {
                    group.addTask { try await serve(store, seed: UInt64(seed), scans: scans, holders: holders) }
                }
                group.addTask {
                    while try await !ended(store, scans) {
                        _ = try await store.reapExpired()
                        for scan in scans {
                            _ = try await store.planProbes(scan)
                            _ = try await store.finishIfComplete(scan)
                        }
                        try await store.passTime()
                    }
                }
                try await group.waitForAll()
            }
            #expect(holders.conflicts == [])
            #expect(holders.leases > 50)
            let finals = try await store.value("SELECT count(*) FROM census.probe_result WHERE final")
            #expect(finals == Int64(2 * hosts))
            #expect(try await store.value("SELECT count(*) FROM census.domain_result") == Int64(2 * hosts))
        }
    }

    @Test("Workers that lease at the same moment never get the same network of two scans")
    func contention() async throws {
        try await withStore { store in
            let scans = try await store.makeTwinScans(hosts: 30)
            var workers: [WorkerID] = []
            for _ in 1...4 { workers.append(try await store.register()) }
            while let lease = try await store.leaseResolve(workers[0], max: 1).first {
                try await store.completeTwin(lease)
            }
            for scan in scans { _ = try await store.planProbes(scan) }
            for _ in 0..<80 {
                try await store.passTime()
                let leases = try await withThrowingTaskGroup(of: [LaneLease].self) { group in
                    for worker in workers {
                        group.addTask { try await store.leaseLanes(worker, maxLanes: 2, maxTargetsPerLane: 1) }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                #expect(!leases.isEmpty)
                #expect(Set(leases.map(\.network)).count == leases.count, "\(leases.map { ($0.scanID, $0.network) })")
                let lost = try await store.completeLanes(leases.map { LaneCompletion(lease: $0, records: []) })
                #expect(lost == [])
            }
        }
    }

    private func ended(_ store: Store, _ scans: [Int64]) async throws -> Bool {
        for scan in scans where try await store.findScan(id: scan)?.finishedAt == nil { return false }
        return true
    }

    /// Serves both scans until they have ended; now and then vanishes and comes back anew.
    private func serve(_ store: Store, seed: UInt64, scans: [Int64], holders: Holders) async throws {
        var random = SplitMix(state: seed)
        var worker = try await store.register()
        while try await !ended(store, scans) {
            for lease in try await store.leaseResolve(worker, max: 1) { try await store.completeTwin(lease) }
            let leases = try await store.leaseLanes(worker, maxLanes: 2, maxTargetsPerLane: 3)
            holders.take(leases)
            // Others have a chance to lease the same.
            await Task.yield()
            holders.giveBack(leases)
            if !leases.isEmpty, Int.random(in: 0..<10, using: &random) == 0 {
                try await store.expire(worker)
                worker = try await store.register()
            } else {
                #expect(try await store.completeLanes(leases.map { completion($0) }) == [])
            }
        }
    }

    /// Who holds which network, as the workers of this process believe.
    private final class Holders: Sendable {
        private struct State {
            var holders: [CIDR: LaneLease] = [:]
            var conflicts: [String] = []
            var leases = 0
        }
        private let state = Mutex(State())

        var conflicts: [String] { state.withLock { $0.conflicts } }
        var leases: Int { state.withLock { $0.leases } }

        func take(_ leases: [LaneLease]) {
            state.withLock { state in
                for lease in leases {
                    state.leases += 1
                    if let other = state.holders[lease.network] {
                        state.conflicts.append("\(lease.network) in scans \(other.scanID) and \(lease.scanID)")
                    }
                    state.holders[lease.network] = lease
                }
            }
        }

        /// Before it happens in the database: a moment later somebody else may have it.
        func giveBack(_ leases: [LaneLease]) {
            state.withLock { state in for lease in leases { state.holders[lease.network] = nil } }
        }
    }
}

/// A lease that a client has, or once had.
private enum Token {
    case resolve(ResolveLease)
    case lane(LaneLease)

    var worker: WorkerID {
        switch self {
        case .resolve(let lease): lease.worker
        case .lane(let lease): lease.worker
        }
    }

    /// What is leased, whoever has it.
    var batch: String {
        switch self {
        case .resolve(let lease): "resolve \(lease.scanID)/\(lease.batchID)"
        case .lane(let lease): "lane \(lease.scanID)/\(lease.laneID)"
        }
    }

    /// As `FleetModel.leased` says it.
    var text: String {
        switch self {
        case .resolve(let lease): "resolve \(lease.scanID)/\(lease.batchID) worker \(lease.worker) fence \(lease.fence)"
        case .lane(let lease): "lane \(lease.scanID)/\(lease.laneID) worker \(lease.worker) fence \(lease.fence)"
        }
    }
}

/// What must be true of the database, and the steps that change it.
private struct FleetModel {
    let store: Store
    let scans: [Int64]
    private var random: SplitMix
    private var workers: [WorkerID] = []
    /// Those whose time is over, but whom nobody has taken anything from yet.
    private var expired: Set<WorkerID> = []
    private var held: [Token] = []
    private var stale: [Token] = []
    private var fences: [String: Int64] = [:]
    private var history: [String] = []

    init(store: Store, scans: [Int64], seed: UInt64) {
        self.store = store
        self.scans = scans
        random = SplitMix(state: seed)
    }

    mutating func step() async throws {
        while workers.count < 3 { workers.append(try await store.register()) }
        let worker = workers[Int.random(in: workers.indices, using: &random)]
        let scan = scans[Int.random(in: scans.indices, using: &random)]
        switch Int.random(in: 0..<35, using: &random) {
        case 0...2: take(try await store.leaseResolve(worker, max: 2).map(Token.resolve))
        case 3...8: take(try await store.leaseLanes(worker, maxLanes: 2, maxTargetsPerLane: 2).map(Token.lane))
        case 9...14: try await complete()
        case 15, 16: try await completeStale()
        case 17, 18: try await expire(worker)
        case 19, 20: try await reap()
        case 21: try await renew(worker)
        case 22: try await retire(worker)
        case 23: try await failResolve()
        case 24: try await badLuck()
        case 25, 26: try await plan()
        case 27: try await tell("pause \(scan)") { try await $0.pause(scan) }
        case 28: try await tell("resume \(scan)") { try await $0.resume(scan) }
        case 29: try await tell("retry \(scan)") { _ = try await $0.retryDead(scan) }
        case 30: try await finish(scan)
        case 31...33: try await goOn()
        default: try await rareCancel(scan)
        }
        // Politeness in time is tested elsewhere.
        try await store.passTime()
    }

    private mutating func take(_ tokens: [Token]) {
        history += tokens.map { "took \($0.text)" }
        held += tokens
    }

    private mutating func complete() async throws {
        guard !held.isEmpty else { return }
        let token = held.remove(at: Int.random(in: held.indices, using: &random))
        history.append("complete \(token.text)")
        stale.append(token)
        switch token {
        case .resolve(let lease): try await store.completeTwin(lease)
        case .lane(let lease):
            #expect(try await store.completeLanes([random.completion(of: lease)]) == [], "\(history)")
        }
    }

    /// Goes on with a lease that has two targets or more; at times twice, as when the answer is lost.
    private mutating func goOn() async throws {
        let choice = held.indices.filter {
            if case .lane(let lease) = held[$0] { lease.targets.count > 1 } else { false }
        }
        guard let index = choice.randomElement(using: &random), case .lane(let lease) = held[index] else { return }
        history.append("go on \(held[index].text)")
        let kept = lease.targets.suffix(1)
        let all = random.completion(of: lease)
        let found = LaneCompletion(
            lease: lease, records: all.records.filter { $0.targetID != kept.first?.targetID },
            withdrawn: all.withdrawn.filter { $0.targetID != kept.first?.targetID })
        let done = Set(found.records.map(\.targetID) + found.withdrawn.map(\.targetID))
        let left = lease.targets.filter { !done.contains($0.targetID) }
        var more = try await store.continueLane(found, held: left.map(\.targetID), max: 2)
        if Bool.random(using: &random) {
            let before = try await store.value("SELECT count(*) FROM census.probe_result")
            more = try await store.continueLane(found, held: left.map(\.targetID), max: 2)
            #expect(try await store.value("SELECT count(*) FROM census.probe_result") == before)
        }
        held[index] = .lane(
            LaneLease(
                worker: lease.worker, scanID: lease.scanID, laneID: lease.laneID, network: lease.network,
                fence: lease.fence, slowdown: lease.slowdown, targets: left + more, looks: lease.looks))
    }

    private mutating func completeStale() async throws {
        // Best of all, of a batch that is held again, and by the same worker.
        let current = Set(held.map(\.batch))
        let again = stale.filter { current.contains($0.batch) }
        let own = again.filter { token in held.contains { $0.batch == token.batch && $0.worker == token.worker } }
        let choice = own.isEmpty ? (again.isEmpty ? stale : again) : own
        guard let token = choice.randomElement(using: &random) else { return }
        history.append("complete stale \(token.text)")
        switch token {
        case .resolve(let lease):
            await #expect(throws: LeaseLost.self, "\(history)") { try await store.completeTwin(lease) }
        case .lane(let lease):
            let before = try await store.value("SELECT count(*) FROM census.probe_result")
            if let target = lease.targets.first {
                await #expect(throws: LeaseLost.self, "\(history)") {
                    _ = try await store.continueLane(
                        LaneCompletion(lease: lease, records: []), held: [target.targetID], max: 1)
                }
            }
            let lost = try await store.completeLanes([completion(lease, .refused)])
            #expect(lost == [lease.laneID], "\(history)")
            #expect(try await store.value("SELECT count(*) FROM census.probe_result") == before)
        }
    }

    private mutating func failResolve() async throws {
        let batches = held.indices.filter { if case .resolve = held[$0] { true } else { false } }
        guard let index = batches.randomElement(using: &random), case .resolve(let lease) = held[index] else { return }
        stale.append(held.remove(at: index))
        history.append("fail \(stale.last?.text ?? "")")
        try await store.failResolve(lease, error: "made up")
    }

    private mutating func expire(_ worker: WorkerID) async throws {
        history.append("expire \(worker)")
        try await store.expire(worker)
        expired.insert(worker)
    }

    private mutating func reap() async throws {
        history.append("reap")
        let lost = held.filter { expired.contains($0.worker) }
        #expect(try await store.reapExpired() == Int64(lost.count), "\(history)")
        for worker in expired { await #expect(throws: LeaseLost.self) { try await store.heartbeat(worker) } }
        drop(expired)
        expired = []
    }

    private mutating func renew(_ worker: WorkerID) async throws {
        history.append("renew \(worker)")
        _ = try await store.heartbeat(worker)
        expired.remove(worker)
    }

    private mutating func retire(_ worker: WorkerID) async throws {
        history.append("retire \(worker)")
        try await store.retireWorker(worker)
        drop([worker])
        expired.remove(worker)
    }

    private mutating func drop(_ gone: Set<WorkerID>) {
        stale += held.filter { gone.contains($0.worker) }
        held.removeAll { gone.contains($0.worker) }
        workers.removeAll { gone.contains($0) }
    }

    /// What is leased now has failed four times before: with the next failure it is dead.
    private mutating func badLuck() async throws {
        history.append("bad luck")
        try await store.query("UPDATE census.lane SET attempts = 4 WHERE state = 'leased'")
        try await store.query("UPDATE census.resolve_batch SET attempts = 4 WHERE state = 'leased'")
    }

    private mutating func plan() async throws {
        history.append("plan")
        for scan in scans { _ = try await store.planProbes(scan) }
    }

    /// What a person says, which may not fit the scan's state.
    private mutating func tell(_ words: String, _ body: (Store) async throws -> Void) async throws {
        history.append(words)
        do {
            try await body(store)
        } catch let error as StoreError where error.sqlState == "MX005" {
            history.append("refused")
        }
    }

    /// Seldom, because it is for good.
    private mutating func rareCancel(_ scan: Int64) async throws {
        guard Int.random(in: 0..<6, using: &random) == 0 else { return }
        try await tell("cancel \(scan)") { try await $0.cancel(scan) }
    }

    private mutating func finish(_ scan: Int64) async throws {
        history.append("finish \(scan)")
        _ = try await store.finishIfComplete(scan)
    }

    // MARK: - Invariants

    /// The valid tokens, as the database has them.
    private static let leased = """
        SELECT format('resolve %s/%s worker %s fence %s', scan_id, id, worker_id, fence)
        FROM census.resolve_batch WHERE state = 'leased'
        UNION ALL SELECT format('lane %s/%s worker %s fence %s', scan_id, id, worker_id, fence)
        FROM census.lane WHERE state = 'leased'
        """

    /// What must never be. Each row is a violation.
    private static let violations = """
        SELECT format('network %s is held %s times', network, count(*)) FROM census.lane
        WHERE state = 'leased' GROUP BY network HAVING count(*) > 1
        UNION ALL SELECT format('scan %s is %s, and lane %s is leased', s.id, s.state, l.id)
        FROM census.lane l JOIN census.scan s ON s.id = l.scan_id
        WHERE l.state = 'leased' AND s.state IN ('finished', 'cancelled')
        UNION ALL SELECT format('scan %s is %s, and batch %s is leased', s.id, s.state, b.id)
        FROM census.resolve_batch b JOIN census.scan s ON s.id = b.scan_id
        WHERE b.state = 'leased' AND s.state IN ('finished', 'cancelled')
        UNION ALL SELECT format('lane %s counts %s pending targets, has %s', l.id, l.pending, count(t.host_id))
        FROM census.lane l LEFT JOIN census.probe_target t ON t.scan_id = l.scan_id AND t.lane_id = l.id
        GROUP BY l.scan_id, l.id, l.pending HAVING l.pending <> count(t.host_id)
        UNION ALL SELECT format('host %s has %s of: final result, target, queue entry', h.id, n.places)
        FROM census.mx_host h, LATERAL (
          SELECT (SELECT count(*) FROM census.probe_result r WHERE r.scan_id = h.scan_id AND r.host_id = h.id AND r.final)
            + (SELECT count(*) FROM census.probe_target t WHERE t.scan_id = h.scan_id AND t.host_id = h.id)
            + (SELECT count(*) FROM census.probe_queue q WHERE q.scan_id = h.scan_id AND q.host_id = h.id) AS places
        ) n WHERE n.places <> CASE h.status WHEN 'opted_out' THEN 0 ELSE 1 END
        """

    private static let fenceNumbers = """
        SELECT format('resolve %s/%s', scan_id, id), fence FROM census.resolve_batch
        UNION ALL SELECT format('lane %s/%s', scan_id, id), fence FROM census.lane
        """

    mutating func check() async throws {
        for row in try await store.query(Self.violations) {
            var row = row
            Issue.record("\(try row.next(String.self)) after \(history.suffix(12))")
        }
        let leased = try await store.query(Self.leased).map { row in
            var row = row
            return try row.next(String.self)
        }
        #expect(leased.sorted() == held.map(\.text).sorted(), "after \(history.suffix(12))")
        for row in try await store.query(Self.fenceNumbers) {
            var row = row
            let name = try row.next(String.self)
            let fence = try row.next(Int64.self)
            #expect(fence >= fences[name, default: 0], "\(name) after \(history.suffix(12))")
            fences[name] = fence
        }
    }
}

extension Store {
    /// Two scans of one list: domain dN.example has the only MX mxN.example.net, in one of five networks.
    fileprivate func makeTwinScans(hosts: Int) async throws -> [Int64] {
        try await importDomains("list", (1...hosts).map { ("d\($0).example", 1) })
        var scans: [Int64] = []
        for name in ["one", "two"] {
            let scan = try await createScan(name: name, list: "list", settings: quickSettings, trustStorePEM: [1])
            scans.append(scan.id)
        }
        return scans
    }

    fileprivate func completeTwin(_ lease: ResolveLease) async throws {
        try await complete(
            lease,
            answer: {
                let host = "mx\($0.dropFirst().prefix { $0 != "." }).example.net"
                return .init(status: .mx, mx: [MXRecord(preference: 10, host: host)])
            },
            host: { host in
                let number = UInt32(host.dropFirst(2).prefix { $0 != "." }) ?? 0
                return resolvedHost(host, [0, 3].map { .v4(0x0a00_0000 + ((number + $0) % 5) << 8 + number) })
            })
    }
}
