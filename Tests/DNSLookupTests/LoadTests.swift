import CensusModel
import Testing

@testable import DNSLookup

@Suite("Many lookups")
struct LoadTests {
    @Test("5,000 at once are all answered, each with its own answer")
    func fiveThousand() async throws {
        try await withServer(.quick(maxInFlight: 1000)) { query in
            .records([Wire.mx(query.name, 10, "mx.\(query.name)")])
        } asking: { resolver, _ in
            await withTaskGroup { group in
                for index in 0..<5000 {
                    group.addTask {
                        let found = await resolver.domain("d\(index).example")
                        #expect(found.hosts == ["10 mx.d\(index).example"])
                    }
                }
            }
        }
    }

    @Test("no more than the limit are under way; the others wait")
    func bounded() async throws {
        try await withServer(.quick(maxInFlight: 50)) { _ in
            .silence
        } asking: { resolver, server in
            await withTaskGroup { group in
                for index in 0..<500 {
                    group.addTask { _ = await resolver.domain("d\(index).example") }
                }
                let load = await settled(resolver, 500)
                #expect(load.asked == 50)
                #expect(load.queued == 450)
                await resolver.shutdown()
            }
            #expect(server.distinct <= 50)
        }
    }

    @Test("equal lookups at the same time are one lookup")
    func coalesced() async throws {
        try await withServer { _ in
            .silence
        } asking: { resolver, _ in
            await withTaskGroup { group in
                for _ in 0..<100 {
                    group.addTask { _ = await resolver.host("mx.example.net", .ipv4Only) }
                }
                let load = await settled(resolver, 100)
                #expect(load.asked == 1)
                #expect(load.joined == 99)
                await resolver.shutdown()
            }
        }
    }

    @Test("a lookup that reached its deadline keeps its place until the library has finished with it")
    func abandoned() async throws {
        try await withServer(.quick(timeout: .milliseconds(200), maxInFlight: 3)) { _ in
            .silence
        } asking: { resolver, _ in
            await withTaskGroup { group in
                for index in 0..<3 { group.addTask { _ = await resolver.domain("d\(index).example") } }
                _ = await settled(resolver, 3)
                group.addTask { _ = await resolver.domain("next.example") }
                _ = await settled(resolver, 4)
                // The first three end by their deadline; what the library does for them goes on.
                for _ in 0..<3 { await group.next() }
                let load = await resolver.engine.load
                #expect(load.asked == 3)
                #expect(load.queued == 1)
                await resolver.shutdown()
            }
        }
    }

    /// The load once `count` lookups have arrived, wherever they are.
    private func settled(_ resolver: MailResolver, _ count: Int) async -> LookupEngine.Load {
        while true {
            let load = await resolver.engine.load
            if load.asked + load.queued + load.joined >= count { return load }
            await Task.yield()
        }
    }
}
