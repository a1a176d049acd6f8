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
                #expect(load.inLibrary == 50)
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
                #expect(load.inLibrary == 1)
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
            for index in 0..<3 { #expect(await resolver.domain("d\(index).example").failure == .timeout) }
            #expect(await resolver.engine.load.inLibrary == 3)
            await withTaskGroup { group in
                group.addTask { _ = await resolver.domain("next.example") }
                while await resolver.engine.load.queued < 1 { await Task.yield() }
                #expect(await resolver.engine.load.inLibrary == 3)
                await resolver.shutdown()
            }
        }
    }

    /// The load once `count` lookups have arrived, wherever they are.
    private func settled(_ resolver: MailResolver, _ count: Int) async -> LookupEngine.Load {
        while true {
            let load = await resolver.engine.load
            if load.inLibrary + load.queued + load.joined >= count { return load }
            await Task.yield()
        }
    }
}
