import CensusModel
import DNSLookup
import Testing

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
        try await withServer(.quick(maxInFlight: 50)) { query in
            query.name.isEmpty ? .nodata : .silence
        } asking: { resolver, server in
            await withTaskGroup { group in
                for index in 0..<500 {
                    group.addTask { _ = await resolver.domain("d\(index).example") }
                }
                while server.distinct < 50 { await Task.yield() }
                // The check passes through the same thread and the same server, behind whatever was sent before.
                #expect(await resolver.check().usable)
                #expect(server.distinct == 51)
                await resolver.shutdown()
            }
        }
    }
}
