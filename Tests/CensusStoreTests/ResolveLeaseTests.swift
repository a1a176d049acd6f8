import CensusModel
import DatabaseTestSupport
import PostgresClient
import Testing

@testable import CensusStore

@Suite("Resolve leases")
struct ResolveLeaseTests {
    private func answer(_ domain: String) -> DomainResolution {
        DomainResolution(status: .mx, mx: [MXRecord(preference: 10, host: "mx.example.net")])
    }

    private func host(_ name: String) -> HostResult { resolvedHost(name, [address("192.0.2.1")]) }

    @Test("A batch is held by one worker until it is completed, and is done then")
    func once() async throws {
        try await withStore { store in
            let scan = try await store.makeScan(["a.example", "b.example"])
            let (first, second) = (try await store.register(), try await store.register())
            let lease = try #require(try await store.leaseResolve(first, max: 1).first)
            #expect(try await store.leaseResolve(second, max: 1).isEmpty)
            try await store.complete(lease, answer: answer, host: host)
            #expect(try await store.leaseResolve(second, max: 1).isEmpty)
            #expect(try await store.progress(scan.id).domainsResolved == 2)
            #expect(try await store.progress(scan.id).hosts == 1)
        }
    }

    @Test("A completion that is repeated, or comes after the lease was taken back, writes nothing")
    func stale() async throws {
        try await withStore { store in
            _ = try await store.makeScan(["a.example"])
            let (slow, quick) = (try await store.register(), try await store.register())
            let lost = try #require(try await store.leaseResolve(slow, max: 1).first)
            try await store.expire(slow)
            #expect(try await store.reapExpired() == 1)
            let taken = try #require(try await store.leaseResolve(quick, max: 1).first)
            #expect(taken.batchID == lost.batchID)
            #expect(taken.fence > lost.fence)
            await #expect(throws: LeaseLost.self) { try await store.complete(lost, answer: answer, host: host) }
            await #expect(throws: LeaseLost.self) { try await store.failResolve(lost, error: "late") }
            #expect(try await store.value("SELECT count(*) FROM census.domain_result") == 0)
            #expect(try await store.value("SELECT count(*) FROM census.mx_host") == 0)
            try await store.complete(taken, answer: answer, host: host)
            await #expect(throws: LeaseLost.self) { try await store.complete(taken, answer: answer, host: host) }
            #expect(try await store.value("SELECT count(*) FROM census.domain_result") == 1)
        }
    }

    @Test("A host is new in a scan until a batch that names it is completed")
    func newHosts() async throws {
        try await withStore { store in
            var settings = quickSettings
            settings.resolveBatchSize = 1
            let scan = try await store.makeScan(["a.example", "b.example"], settings: settings)
            let worker = try await store.register()
            let names = ["mx.example.net", "mx.example.org", "it's {\"odd\", NULL}"]
            #expect(Set(try await store.newHosts(of: scan.id, among: names)) == Set(names))
            let lease = try #require(try await store.leaseResolve(worker, max: 1).first)
            try await store.complete(lease, answer: answer, host: host)
            #expect(Set(try await store.newHosts(of: scan.id, among: names)) == Set(names[1...]))
            #expect(try await store.newHosts(of: scan.id, among: []).isEmpty)
            // The next batch names a host that it does not bring.
            let next = try #require(try await store.leaseResolve(worker, max: 1).first)
            try await store.complete(next, answer: answer) { name in
                Issue.record("\(name) was looked up again")
                return host(name)
            }
            #expect(try await store.value("SELECT count(*) FROM census.domain_mx") == 2)
            #expect(try await store.value("SELECT count(*) FROM census.mx_host") == 1)
            // Another scan asks anew.
            let later = try await store.createScan(
                name: "later", list: "list", settings: settings, trustStorePEM: [1, 2, 3])
            #expect(Set(try await store.newHosts(of: later.id, among: names)) == Set(names))
        }
    }

    @Test("A lost worker gets no new lease and no renewal; a late heartbeat before that renews")
    func heartbeats() async throws {
        try await withStore { store in
            _ = try await store.makeScan(["a.example"])
            let worker = try await store.register()
            _ = try await store.leaseResolve(worker, max: 1)
            try await store.expire(worker)
            #expect(try await store.heartbeat(worker).remaining == .seconds(30))
            #expect(try await store.reapExpired() == 0)
            try await store.expire(worker)
            #expect(try await store.reapExpired() == 1)
            await #expect(throws: LeaseLost.self) { try await store.heartbeat(worker) }
            await #expect(throws: LeaseLost.self) { try await store.leaseResolve(worker, max: 1) }
            await #expect(throws: LeaseLost.self) {
                try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 1)
            }
        }
    }

    @Test(
        "A batch that fails is tried again, and is dead with its last error after five times; its domains end as failed"
    )
    func poison() async throws {
        try await withStore { store in
            let scan = try await store.makeScan(["a.example", "b.example"])
            let worker = try await store.register()
            for attempt in 1...5 {
                try await store.passTime()
                let lease = try #require(try await store.leaseResolve(worker, max: 1).first)
                try await store.failResolve(lease, error: "error \(attempt)")
            }
            try await store.passTime()
            #expect(try await store.leaseResolve(worker, max: 1).isEmpty)
            let dead = try #require(try await store.deadBatches(scan.id).first)
            #expect(dead.kind == .resolve)
            #expect(dead.attempts == 5)
            #expect(dead.lastError == "error 5")
            #expect(try await store.progress(scan.id).deadBatches == 1)
            #expect(try await store.finishIfComplete(scan.id))
            #expect(try await store.summary(scan.id).statuses == [.init(status: .dnsFailure, domains: 2, volume: 2)])
        }
    }

    @Test("Workers that vanish again and again make a batch dead, too")
    func vanishing() async throws {
        try await withStore { store in
            let scan = try await store.makeScan(["a.example"])
            for _ in 1...5 {
                let worker = try await store.register("victim")
                #expect(try await store.leaseResolve(worker, max: 1).count == 1)
                try await store.expire(worker)
                #expect(try await store.reapExpired() == 1)
            }
            #expect(try await store.deadBatches(scan.id).first?.lastError.contains("(victim) vanished") == true)
        }
    }

    @Test("A worker that retires hands its batches back at once, without a mark against them")
    func retiring() async throws {
        try await withStore { store in
            let scan = try await store.makeScan((1...9).map { "d\($0).example" })
            let (first, second) = (try await store.register(), try await store.register())
            #expect(try await store.leaseResolve(first, max: 3).count == 3)
            try await store.retireWorker(first)
            #expect(try await store.leaseResolve(second, max: 9).count == 3)
            #expect(try await store.value("SELECT sum(attempts) FROM census.resolve_batch") == 0)
            await #expect(throws: LeaseLost.self) { try await store.leaseResolve(first, max: 3) }
            #expect(try await store.progress(scan.id).complete == false)
        }
    }

    @Test("What a lease call took whose answer never came goes back with the worker's next call")
    func unanswered() async throws {
        try await withStore { store in
            _ = try await store.makeScan((1...6).map { "d\($0).example" })
            let worker = try await store.register()
            let (number, unanswered) = store.leaseRequests.begin(worker)
            #expect(unanswered.isEmpty)
            let took = try await store.query(
                "SELECT * FROM census.lease_resolve($1, 1, $2)", [Parameter(worker), Parameter(number)])
            #expect(took.count == 3)
            store.leaseRequests.failed(worker, number: number, unanswered: [])
            let leases = try await store.leaseResolve(worker, max: 9)
            #expect(leases.map(\.batchID) == [1, 2])
            #expect(leases.map(\.fence) == [2, 1])
        }
    }

    @Test("A batch needs an answer for each of its domains, and an explanation of each host they name")
    func incomplete() async throws {
        try await withStore { store in
            _ = try await store.makeScan(["a.example", "b.example"])
            let worker = try await store.register()
            let lease = try #require(try await store.leaseResolve(worker, max: 1).first)
            let one = DomainResult(domainID: 1, resolution: answer(""))
            let other = DomainResult(domainID: 2, resolution: answer(""))
            for (domains, hosts) in [
                ([one], [host("mx.example.net")]), ([one, other], []), ([one, one], [host("mx.example.net")]),
            ] {
                await #expect(throws: StoreError.self) {
                    try await store.completeResolve(lease, domains: domains, hosts: hosts)
                }
            }
            #expect(try await store.value("SELECT count(*) FROM census.mx_host") == 0)
            try await store.completeResolve(lease, domains: [one, other], hosts: [host("mx.example.net")])
        }
    }

    @Test(
        "Batches with the same hosts in any order, completed at the same time, do not deadlock and store each host once"
    )
    func sharedHosts() async throws {
        try await withStore { store in
            let hosts = (0..<200).map { "mx\($0).example.net" }
            let scan = try await store.makeScan((1...60).map { "d\($0).example" })
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        let worker = try await store.register()
                        while let lease = try await store.leaseResolve(worker, max: 1).first {
                            let domains = lease.domains.map { domain in
                                DomainResult(
                                    domainID: domain.id,
                                    resolution: .init(
                                        status: .mx,
                                        mx: hosts.shuffled().prefix(50).map { MXRecord(preference: 1, host: $0) }))
                            }
                            let named = Set(domains.flatMap { $0.resolution.mx.map(\.host) })
                            try await store.completeResolve(
                                lease, domains: domains, hosts: named.map { resolvedHost($0, [address("192.0.2.1")]) })
                        }
                    }
                }
                try await group.waitForAll()
            }
            let progress = try await store.progress(scan.id)
            let stored = try await store.value("SELECT count(*) FROM census.mx_host")
            #expect(progress.domainsResolved == 60)
            #expect(progress.hosts == stored)
            #expect(progress.targets == stored)
            #expect(try await store.value("SELECT count(DISTINCT name) FROM census.mx_host") == stored)
            #expect(try await store.value("SELECT count(*) FROM census.domain_mx") == 3000)
        }
    }
}
