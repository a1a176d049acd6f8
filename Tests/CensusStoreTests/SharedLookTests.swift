import CensusModel
import DatabaseTestSupport
import Testing

@testable import CensusStore

@Suite("Shared looks")
struct SharedLookTests {
    private static let chain: [[UInt8]] = [[0x30, 1], [0x30, 2]]
    private static let shared = address("192.0.2.1")

    private static var settings: ScanSettings {
        var settings = quickSettings
        settings.sharedLookCheck = 0.5
        return settings
    }

    /// A scan whose hosts all share one address.
    private func plan(
        _ store: Store, hosts: Int, settings: ScanSettings = Self.settings
    ) async throws -> (scan: ScanInfo, worker: WorkerID) {
        try await store.makePlannedScan(hosts: hosts, settings: settings) { _ in [Self.shared] }
    }

    private func lease(_ store: Store, _ worker: WorkerID, _ targets: Int) async throws -> LaneLease {
        try await store.passTime()
        return try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: targets).first)
    }

    private func look(_ target: LaneTarget) -> ProbeRecord { record(target, chain: Self.chain) }

    /// `target` judged from the look of the host `first`.
    private func shared(_ target: LaneTarget, from first: Int64) -> ProbeRecord {
        let own = record(target, .nameMismatch, findings: [.nameMismatch], chain: Self.chain)
        return ProbeRecord(
            targetID: own.targetID, hostID: own.hostID, observation: own.observation, verdict: own.verdict,
            evidence: nil, next: .final, sharedFrom: first)
    }

    private func note(
        _ state: AddressLook.State, _ host: Int64, checks: Int = 0, unchecked: Int = 0
    ) -> LookNote {
        LookNote(address: Self.shared, state: state, hostID: host, checks: checks, unchecked: unchecked)
    }

    /// Looks at the first host and shares it with the next, in two leases. Returns the first host's number.
    private func share(_ store: Store, _ worker: WorkerID, with names: Int) async throws -> Int64 {
        let first = try await lease(store, worker, 2)
        let host = first.targets[0].hostID
        #expect(
            try await store.completeLanes([
                LaneCompletion(
                    lease: first, records: first.targets.map(look), looks: [note(.independent, host, checks: 1)])
            ]) == [])
        let second = try await lease(store, worker, names)
        #expect(
            try await store.completeLanes([
                LaneCompletion(
                    lease: second, records: second.targets.map { shared($0, from: host) },
                    looks: [note(.independent, host, unchecked: names)])
            ]) == [])
        return host
    }

    @Test("A single look outlives its lease where others wait, and comes back as it was seen with the next one")
    func single() async throws {
        try await withStore { store in
            let (_, worker) = try await plan(store, hosts: 2)
            let first = try await lease(store, worker, 1)
            #expect(first.looks.isEmpty)
            let host = first.targets[0].hostID
            _ = try await store.completeLanes([
                LaneCompletion(lease: first, records: first.targets.map(look), looks: [note(.single, host)])
            ])
            let second = try await lease(store, worker, 1)
            let known = try #require(second.looks[Self.shared])
            #expect(known.state == .single)
            #expect(known.first?.hostID == host)
            #expect(known.first?.host == first.targets[0].host)
            #expect(known.first?.observation.chain == Self.chain)
            #expect(known.first?.verdict.outcome == .trusted)
            // What was decided is kept, also when nobody waits any more.
            _ = try await store.completeLanes([
                LaneCompletion(
                    lease: second, records: second.targets.map(look), looks: [note(.dependent, host, checks: 1)])
            ])
            #expect(
                try await store.value(
                    "SELECT count(*) FROM census.address_look WHERE state = 'dependent' AND checks = 1")
                    == 1)
        }
    }

    @Test("A single look at an address where nobody else waits is not kept")
    func alone() async throws {
        try await withStore { store in
            let (_, worker) = try await store.makePlannedScan(hosts: 2, settings: Self.settings)
            let only = try await lease(store, worker, 1)
            let target = only.targets[0]
            _ = try await store.completeLanes([
                LaneCompletion(
                    lease: only, records: [look(target)],
                    looks: [
                        LookNote(
                            address: target.address, state: .single, hostID: target.hostID, checks: 0, unchecked: 0)
                    ])
            ])
            #expect(try await store.value("SELECT count(*) FROM census.address_look") == 0)
        }
    }

    @Test("A shared result is a result of its host, marked with where it comes from in exports, views and summary")
    func results() async throws {
        try await withStore { store in
            let (scan, worker) = try await plan(store, hosts: 5)
            let host = try await share(store, worker, with: 3)
            #expect(try await store.finishIfComplete(scan.id))
            var rows: [ProbeRow] = []
            try await store.forEachProbe(scan.id) { rows.append($0) }
            #expect(rows.count == 5)
            let names = Set(rows.compactMap(\.sharedFrom))
            #expect(names.count == 1)
            #expect(rows.count { $0.sharedFrom != nil && $0.outcome == .nameMismatch && $0.final } == 3)
            #expect(
                try await store.value(
                    "SELECT count(*) FROM census.mx_host WHERE id = \(host) AND name = '\(names.first ?? "")'")
                    == 1)
            #expect(try await store.value("SELECT count(*) FROM census.host_result WHERE shared") == 3)
            #expect(
                try await store.summary(scan.id).looks == [
                    .init(source: .own, weights: Weights(hosts: 2, domains: 2, volume: 2)),
                    .init(source: .shared, weights: Weights(hosts: 3, domains: 3, volume: 3)),
                ])
            #expect(
                try await store.value(
                    """
                    SELECT shared_hosts FROM census.look_sharing
                    WHERE addresses = 1 AND independent = 1 AND dependent = 0 AND checks = 1 AND voided = 0
                    """) == 3)
        }
    }

    @Test("A check that differs voids what was shared: these hosts, and no others, are probed after all")
    func voiding() async throws {
        try await withStore { store in
            let (scan, worker) = try await plan(store, hosts: 6)
            let host = try await share(store, worker, with: 3)
            let before = try await store.progress(scan.id)
            #expect(before.targetsDone == 5)
            let check = try await lease(store, worker, 9)
            #expect(check.looks[Self.shared]?.unchecked == 3)
            #expect(
                try await store.completeLanes([
                    LaneCompletion(
                        lease: check, records: check.targets.map { record($0, chain: [[0x30, 9]]) },
                        looks: [note(.dependent, host, checks: 1)])
                ]) == [])
            #expect(
                try await store.value("SELECT count(*) FROM census.probe_result WHERE shared_from IS NOT NULL") == 0)
            #expect(try await store.value("SELECT voided::bigint FROM census.address_look") == 3)
            #expect(try await store.finishIfComplete(scan.id) == false)
            #expect(try await store.progress(scan.id).targetsDone == 3)
            let again = try await lease(store, worker, 9)
            #expect(again.targets.count == 3)
            #expect(again.targets.allSatisfy { $0.attempt == 1 && $0.address == Self.shared })
            #expect(again.looks[Self.shared]?.state == .dependent)
            #expect(try await store.completeLanes([completion(again)]) == [])
            #expect(try await store.finishIfComplete(scan.id))
            #expect(try await store.value("SELECT count(*) FROM census.probe_result WHERE final") == 6)
            #expect(try await store.progress(scan.id).targetsDone == 6)
        }
    }

    @Test("A worker that lost its lease neither decides about an address nor voids anything")
    func fencing() async throws {
        try await withStore { store in
            let (_, worker) = try await plan(store, hosts: 6)
            let host = try await share(store, worker, with: 3)
            let lost = try await lease(store, worker, 1)
            try await store.expire(worker)
            #expect(try await store.reapExpired() == 1)
            let late = LaneCompletion(
                lease: lost, records: lost.targets.map { record($0, chain: [[0x30, 9]]) },
                looks: [note(.dependent, host, checks: 1)])
            #expect(try await store.completeLanes([late]) == [lost.laneID])
            #expect(
                try await store.value(
                    "SELECT count(*) FROM census.probe_result WHERE shared_from IS NOT NULL AND final") == 3)
            #expect(
                try await store.value(
                    "SELECT count(*) FROM census.address_look WHERE state = 'independent' AND checks = 1")
                    == 1)
            // Nor does anybody see the looks of a lane that another worker holds.
            let other = try await store.register()
            let theirs = try await lease(store, other, 1)
            #expect(theirs.looks[Self.shared]?.first?.hostID == host)
            #expect(try await store.firstLooks(worker, [Int32(theirs.scanID): [host]]).isEmpty)
            #expect(try await store.firstLooks(other, [Int32(theirs.scanID): [host]]).count == 1)
        }
    }

    @Test("A result that is shared at an address that is not independent refuses the whole call")
    func strangers() async throws {
        try await withStore { store in
            let (_, worker) = try await plan(store, hosts: 4)
            let first = try await lease(store, worker, 4)
            let hosts = first.targets.map(\.hostID)
            func complete(_ records: [ProbeRecord], _ looks: [LookNote]) async throws {
                _ = try await store.completeLanes([LaneCompletion(lease: first, records: records, looks: looks)])
            }
            let seen = [look(first.targets[0]), look(first.targets[1])]
            let derived = shared(first.targets[2], from: hosts[0])
            // Nothing was learnt; too little; another look; a look that is not there.
            for looks in [
                [], [note(.single, hosts[0])], [note(.independent, hosts[1])], [note(.independent, hosts[3])],
            ] {
                await #expect(throws: StoreError.self) { try await complete(seen + [derived], looks) }
            }
            #expect(try await store.value("SELECT count(*) FROM census.probe_result") == 0)
            #expect(try await store.value("SELECT count(*) FROM census.address_look") == 0)
            try await complete(seen + [derived], [note(.independent, hosts[0], checks: 1, unchecked: 1)])
            #expect(try await store.value("SELECT count(*) FROM census.probe_result") == 3)
        }
    }

    @Test("Shared results do not speed a slowed network up: only connections do")
    func backOff() async throws {
        try await withStore { store in
            let (_, worker) = try await plan(store, hosts: 9)
            let first = try await lease(store, worker, 3)
            let refusal = record(
                first.targets[2], .greetingRejected, conclusive: false, starttls: nil, next: .retry(afterSeconds: 0),
                pushedBack: true)
            let host = first.targets[0].hostID
            _ = try await store.completeLanes([
                LaneCompletion(
                    lease: first, records: [look(first.targets[0]), look(first.targets[1]), refusal],
                    looks: [note(.independent, host, checks: 1)])
            ])
            let second = try await lease(store, worker, 2)
            #expect(second.slowdown == 1)
            _ = try await store.completeLanes([
                LaneCompletion(
                    lease: second, records: second.targets.map { shared($0, from: host) },
                    looks: [note(.independent, host, unchecked: 2)])
            ])
            let third = try await lease(store, worker, 1)
            #expect(third.slowdown == 1)
            _ = try await store.completeLanes([completion(third)])
            #expect(try await lease(store, worker, 1).slowdown == 0)
        }
    }

    @Test("A scan that shares no looks hands none out, whatever the table holds; dropping a scan drops them")
    func unshared() async throws {
        try await withStore { store in
            let (scan, worker) = try await plan(store, hosts: 4, settings: quickSettings)
            let first = try await lease(store, worker, 1)
            _ = try await store.completeLanes([
                LaneCompletion(
                    lease: first, records: first.targets.map(look), looks: [note(.single, first.targets[0].hostID)])
            ])
            #expect(try await lease(store, worker, 1).looks.isEmpty)
            try await store.rollUp(scan.id)
            #expect(try await store.summary(scan.id).looks.isEmpty)
            #expect(try await store.value("SELECT count(*) FROM census.look_sharing") == 0)
            #expect(try await store.dropScan(scan.id))
            #expect(try await store.value("SELECT count(*) FROM census.address_look") == 0)
        }
    }
}
