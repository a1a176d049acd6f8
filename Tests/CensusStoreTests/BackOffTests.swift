import CensusModel
import DatabaseTestSupport
import Testing

@testable import CensusStore

@Suite("Back-off of lanes")
struct BackOffTests {
    /// Leases the only lane, with one target.
    private func lease(_ store: Store, _ worker: WorkerID) async throws -> LaneLease {
        try await store.passTime()
        return try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 1).first)
    }

    /// A refusal that is about the scanner, to be tried again at once.
    private func refusal(_ lease: LaneLease, slowdown: Int? = nil) -> LaneCompletion {
        LaneCompletion(
            lease: lease,
            records: lease.targets.map {
                record(
                    $0, .greetingRejected, conclusive: false, starttls: nil, next: .retry(afterSeconds: 0),
                    pushedBack: true)
            }, slowdown: slowdown)
    }

    /// Whole seconds until the lane may be leased again; -1 when its rest and its readiness differ.
    private let rest = """
        SELECT CASE WHEN ready_at = rest_until THEN round(extract(epoch FROM rest_until - now())) ELSE -1 END::bigint
        FROM census.lane
        """

    @Test("A push-back slows the next lease down, a clean lease gives one step back, an empty one nothing")
    func steps() async throws {
        try await withStore { store in
            let (_, worker) = try await store.makePlannedScan(hosts: 9)
            var held = try await lease(store, worker)
            #expect(held.slowdown == 0)
            // Each line: what the lease ends with, and the slowdown of the next one.
            let history: [(end: (LaneLease) -> LaneCompletion, next: Int)] = [
                ({ self.refusal($0) }, 1), ({ self.refusal($0) }, 2),
                ({ self.refusal($0, slowdown: 4) }, 4),
                // The worker did not see as much as the lane remembers: still one step more.
                ({ self.refusal($0, slowdown: 0) }, 5),
                ({ LaneCompletion(lease: $0, records: []) }, 5),
                ({ completion($0) }, 4), ({ completion($0, .connectTimeout, conclusive: false) }, 3),
                ({ self.refusal($0, slowdown: 99) }, 6), ({ self.refusal($0) }, 6),
                ({ completion($0) }, 5), ({ completion($0) }, 4), ({ completion($0) }, 3), ({ completion($0) }, 2),
            ]
            for (number, step) in history.enumerated() {
                #expect(try await store.completeLanes([step.end(held)]) == [])
                held = try await lease(store, worker)
                #expect(held.slowdown == step.next, "after step \(number)")
            }
        }
    }

    @Test("One host among many that pushes back slows the network; without any it never goes below nothing")
    func mixed() async throws {
        try await withStore { store in
            let (_, worker) = try await store.makePlannedScan(hosts: 6)
            let first = try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 3).first)
            let records = [
                record(first.targets[0]), record(first.targets[1], .closed, conclusive: false, pushedBack: true),
                record(first.targets[2]),
            ]
            _ = try await store.completeLanes([LaneCompletion(lease: first, records: records)])
            #expect(try await store.value("SELECT slowdown::bigint FROM census.lane") == 1)
            for _ in 0..<2 { _ = try await store.completeLanes([completion(try await lease(store, worker))]) }
            #expect(try await store.value("SELECT slowdown::bigint FROM census.lane") == 0)
        }
    }

    @Test("A slowed network rests longer between leases, ten minutes at most; that survives its worker")
    func rests() async throws {
        try await withStore { store in
            var settings = quickSettings
            settings.limits.rate = 0.1
            let (_, worker) = try await store.makePlannedScan(hosts: 1, settings: settings)
            _ = try await store.completeLanes([refusal(try await lease(store, worker), slowdown: 2)])
            #expect((39...40).contains(try await store.value(rest)))
            _ = try await lease(store, worker)
            try await store.retireWorker(worker)
            #expect((39...40).contains(try await store.value(rest)))
            let other = try await store.register()
            #expect(try await lease(store, other).slowdown == 2)
            try await store.expire(other)
            #expect(try await store.reapExpired() == 1)
            #expect((39...40).contains(try await store.value(rest)))
            let third = try await store.register()
            _ = try await store.completeLanes([refusal(try await lease(store, third), slowdown: 6)])
            #expect((599...600).contains(try await store.value(rest)))
        }
    }

    @Test("A rate so low that it asks for more than ten minutes is kept")
    func slowRate() async throws {
        try await withStore { store in
            var settings = quickSettings
            settings.limits.rate = 0.001
            let (_, worker) = try await store.makePlannedScan(hosts: 1, settings: settings)
            _ = try await store.completeLanes([refusal(try await lease(store, worker))])
            #expect((999...1000).contains(try await store.value(rest)))
        }
    }
}
