import CensusModel
import DatabaseTestSupport
import PostgresClient
import Testing

@testable import CensusStore

@Suite("Opt-outs in the database")
struct OptOutTests {
    private func network(_ text: String) throws -> OptOut { .network(try #require(CIDR(text))) }

    private func add(_ store: Store, _ entries: [OptOut], _ reason: String = "ticket 1") async throws -> [String] {
        try await store.addOptOuts(entries, reason: reason, who: "alice", user: "root")
    }

    @Test("are recorded with who, when and why; a removed one stays as history and can be added again")
    func history() async throws {
        try await withStore { store in
            let entries = [try network("192.0.2.0/24"), .domain(name("example.org"))]
            #expect(try await add(store, entries) == ["192.0.2.0/24", "example.org"])
            #expect(try await add(store, entries + [.domain(name("example.net"))], "ticket 2") == ["example.net"])
            let removed = try await store.removeOptOuts(
                [entries[0]], reason: "asked back", who: nil, user: "operator")
            #expect(removed == ["192.0.2.0/24"])
            #expect(try await add(store, [entries[0]], "ticket 3") == ["192.0.2.0/24"])
            let all = try await store.optOuts(removed: true)
            #expect(all.map(\.entry) == ["192.0.2.0/24", "192.0.2.0/24", "example.net", "example.org"])
            #expect(all.map(\.kind) == ["network", "network", "domain", "domain"])
            #expect(all.map(\.reason) == ["ticket 1", "ticket 3", "ticket 2", "ticket 1"])
            #expect(all.map(\.addedBy) == ["alice", "alice", "alice", "alice"])
            #expect(all[0].removedBy?.hasPrefix("operator as ") == true)
            #expect(all[0].removedReason == "asked back")
            #expect(all[0].removedAt != nil && all[1].removedAt == nil)
            #expect(try await store.optOuts(removed: false).map(\.reason) == ["ticket 3", "ticket 2", "ticket 1"])
        }
    }

    @Test("are removed all or none")
    func atomic() async throws {
        try await withStore { store in
            let known = try network("192.0.2.0/24")
            _ = try await add(store, [known])
            let unknown = OptOut.domain(name("never.example"))
            let error = await #expect(throws: StoreError.self) {
                _ = try await store.removeOptOuts([known, unknown], reason: nil, who: "alice", user: "root")
            }
            #expect(error?.description.contains("never.example") == true)
            #expect(try await store.optOuts(removed: false).map(\.entry) == ["192.0.2.0/24"])
        }
    }

    @Test("of mapped addresses are recorded as the IPv4 network, and not otherwise")
    func mapped() async throws {
        try await withStore { store in
            let block = try network("::ffff:192.0.2.0/120")
            #expect(try await add(store, [block]) == ["192.0.2.0/24"])
            await #expect(throws: StoreError.self) {
                try await store.query("SELECT census.optout_add('{::ffff:10.0.0.0/104}', '{}', 'why', 'who')")
            }
        }
    }

    @Test("reach a worker with a version that grows with each change, and only when it changed")
    func version() async throws {
        try await withStore { store in
            let none = try await store.contactRules(known: nil)
            #expect(none.optOuts == OptOuts.none)
            #expect(try await store.contactRules(known: none.version).optOuts == nil)
            let block = try network("192.0.2.0/24")
            _ = try await add(store, [block, .domain(name("example.org"))])
            let one = try await store.contactRules(known: none.version)
            #expect(one.version > none.version)
            #expect(one.optOuts == OptOuts([block, .domain(name("example.org"))]))
            // What changes nothing is no new version.
            _ = try await add(store, [block])
            #expect(try await store.contactRules(known: one.version).optOuts == nil)
            _ = try await store.removeOptOuts([block], reason: nil, who: "alice", user: "root")
            let two = try await store.contactRules(known: one.version)
            #expect(two.version > one.version)
            #expect(two.optOuts == OptOuts([.domain(name("example.org"))]))
        }
    }

    @Test("a withdrawn target ends without a result; its host goes on with its next address, or has opted out")
    func withdrawal() async throws {
        try await withStore { store in
            // Host 1 has one address, hosts 2 and 3 have two.
            let (scan, worker) = try await store.makePlannedScan(hosts: 3) { host in
                host == 1 ? [address("192.0.2.1")] : [address("192.0.2.\(host)"), address("198.51.100.\(host)")]
            }
            let lease = try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 9).first)
            let withdrawn = lease.targets.map {
                Withdrawal(targetID: $0.targetID, hostID: $0.hostID, wholeHost: $0.host == "mx3.example.net")
            }
            #expect(withdrawn.count == 3)
            #expect(
                try await store.completeLanes([LaneCompletion(lease: lease, records: [], withdrawn: withdrawn)]) == [])
            #expect(try await statuses(store) == ["mx1 opted_out", "mx2 ok", "mx3 opted_out"])
            #expect(try await store.value("SELECT count(*) FROM census.host_address WHERE NOT permitted") == 4)
            #expect(
                try await store.value("SELECT count(*) FROM census.lane WHERE state = 'idle' AND targets_done = 3") == 1
            )
            // The same again is refused: the lease is over.
            #expect(
                try await store.completeLanes([LaneCompletion(lease: lease, records: [], withdrawn: withdrawn)])
                    == [lease.laneID])
            #expect(try await store.planProbes(scan.id) == 1)
            let next = try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 9).first)
            #expect(next.targets.map(\.address) == [address("198.51.100.2")])
            #expect(try await store.completeLanes([completion(next)]) == [])
            #expect(try await store.finishIfComplete(scan.id))
            let progress = try await store.progress(scan.id)
            #expect(progress.targets == 4 && progress.targetsDone == 4)
            #expect(try await store.value("SELECT count(*) FROM census.probe_result") == 1)
            #expect(try await verdicts(store) == ["d1.example unseen", "d2.example secure", "d3.example unseen"])
        }
    }

    @Test("a withdrawal of what is no target, or twice, writes nothing")
    func wrong() async throws {
        try await withStore { store in
            let (_, worker) = try await store.makePlannedScan(hosts: 2)
            let lease = try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 9).first)
            let target = lease.targets[0]
            let good = Withdrawal(targetID: target.targetID, hostID: target.hostID, wholeHost: false)
            for wrong in [
                [Withdrawal(targetID: target.targetID + 100, hostID: target.hostID, wholeHost: false)], [good, good],
            ] {
                await #expect(throws: StoreError.self) {
                    _ = try await store.completeLanes([LaneCompletion(lease: lease, records: [], withdrawn: wrong)])
                }
            }
            // Nor what has a result already.
            await #expect(throws: StoreError.self) {
                _ = try await store.completeLanes(
                    [LaneCompletion(lease: lease, records: [record(target)], withdrawn: [good])])
            }
            #expect(try await store.value("SELECT count(*) FROM census.probe_target") == 2)
            #expect(try await store.completeLanes([completion(lease)]) == [])
        }
    }

    @Test("a domain that opted out is neither looked up nor judged")
    func domain() async throws {
        try await withStore { store in
            let scan = try await store.makeScan(["a.example", "b.example"])
            let worker = try await store.register()
            try await store.resolveAll(
                worker,
                answer: { _ in DomainResolution(status: .optedOut, dnssec: .indeterminate) },
                host: { resolvedHost($0, []) })
            #expect(try await store.finishIfComplete(scan.id))
            #expect(try await verdicts(store) == ["a.example unresolved", "b.example unresolved"])
            let summary = try await store.summary(scan.id)
            #expect(summary.statuses.map(\.status) == [.optedOut])
        }
    }

    private func statuses(_ store: Store) async throws -> [String] {
        try await texts(store, "SELECT split_part(name, '.', 1) || ' ' || status FROM census.mx_host ORDER BY name")
    }

    private func verdicts(_ store: Store) async throws -> [String] {
        try await texts(store, "SELECT domain || ' ' || verdict FROM census.domain_status ORDER BY domain")
    }

    private func texts(_ store: Store, _ sql: String) async throws -> [String] {
        try await store.query(sql).map { row in
            var row = row
            return try row.next(String.self)
        }
    }
}
