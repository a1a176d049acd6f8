import CensusModel
import Synchronization
import Testing

@testable import DNSLookup

@Suite("The short way without validation")
struct StubTests {
    typealias Reply = ScriptedServer.Reply

    @Test("what a server answers in full is asked once")
    func once() async throws {
        try await withServer { query in
            switch query.name {
            case "gone.example": .sections([], [Wire.soa("example")], 3)
            case "empty.example": .sections([], [Wire.soa("example")], 0)
            case "alias.example":
                .records([Wire.cname(query.name, "end.example"), Wire.mx("end.example", 5, "mx.example.net")])
            default: .records([Wire.mx(query.name, 10, "mx.example.net")])
            }
        } asking: { resolver, server in
            #expect(await resolver.domain("example.org").hosts == ["10 mx.example.net"])
            #expect(await resolver.domain("alias.example").hosts == ["5 mx.example.net"])
            #expect(await resolver.domain("gone.example").status == .nxdomain)
            #expect(await resolver.domain("empty.example").status == .noMailHost)
            for name in ["example.org", "alias.example", "gone.example", "empty.example"] {
                #expect(server.count(name, typeMX) == 1, "\(name)")
            }
        }
    }

    @Test(
        "what is not answered in full is left to the library",
        arguments: [
            .rcode(2), .rcode(5), .truncated, .nodata, .nxdomain(),
            .records([Wire.cname("example.org", "elsewhere.example")]),
            .sections([Wire.mx("example.org", 1, "wrong.example.net")], [], 2),
            .sections([Wire.mx("another.example", 1, "wrong.example.net")], [], 0),
            .sections([Wire.cname("example.org", "elsewhere.example")], [Wire.soa("org")], 0),
            .records([ScriptedServer.Record(name: "example.org", type: typeMX, data: [0, 1])]),
        ] as [Reply])
    func left(_ first: Reply) async throws {
        try await withServer { query in
            query.name == "example.org" && query.ordinal == 1
                ? first : .records([Wire.mx(query.name, 10, "mx.example.net")])
        } asking: { resolver, _ in
            #expect(await resolver.domain("example.org").hosts == ["10 mx.example.net"])
        }
    }

    @Test("the records of a truncated answer are not taken for all")
    func truncated() async throws {
        try await withServer { query in
            query.overTCP
                ? .records([Wire.mx(query.name, 10, "mx.example.net")])
                : .raw(Wire.response(query, [Wire.mx(query.name, 20, "second.example.net")], truncated: true))
        } asking: { resolver, _ in
            #expect(await resolver.domain("example.org").hosts == ["10 mx.example.net"])
        }
    }

    /// What somebody sends who does not see the questions.
    enum Forgery: CaseIterable {
        case otherID, otherName, otherClass, noQuestion, twoQuestions

        func octets(_ query: ScriptedServer.Query) -> [UInt8] {
            var message = Wire.response(query, [Wire.mx(query.name, 1, "forged.example.net")])
            switch self {
            case .otherID: message[1] ^= 1
            case .otherName: message[13] ^= 1
            case .otherClass: message[query.questionEnd - 1] = 3
            case .noQuestion:
                message = Wire.response(query, [], [Wire.soa("")], rcode: 3)
                message.removeSubrange(12..<query.questionEnd)
                message[5] = 0
            case .twoQuestions:
                message.insert(contentsOf: query.octets[12..<query.questionEnd], at: query.questionEnd)
                message[5] = 2
            }
            return message
        }
    }

    @Test("what answers another question or has another id is no answer", arguments: Forgery.allCases)
    func forged(_ forgery: Forgery) async throws {
        try await withServer(.quick(timeout: .seconds(4))) { query in
            query.ordinal == 1
                ? .raw(forgery.octets(query)) : .records([Wire.mx(query.name, 10, "mx.example.net")])
        } asking: { resolver, server in
            #expect(await resolver.domain("example.org").hosts == ["10 mx.example.net"])
            #expect(server.count("example.org", typeMX) > 1)
        }
    }

    @Test("questions come from changing ports with ids that nobody can guess")
    func unpredictable() async throws {
        let ports = Mutex<[UInt16: Int]>([:])
        let ids = Mutex<[Int]>([])
        try await withServer { query in
            ports.withLock { $0[query.port, default: 0] += 1 }
            ids.withLock { $0.append(Int(query.octets[0]) << 8 | Int(query.octets[1])) }
            return .records([Wire.mx(query.name, 10, "mx.example.net")])
        } asking: { resolver, _ in
            await withTaskGroup { group in
                for index in 0..<1000 { group.addTask { _ = await resolver.domain("d\(index).example") } }
            }
        }
        // RFC 5452 §9.2: both must be unpredictable. Of a thousand random ids about eight occur twice, and one step in 65,536
        // is by one.
        #expect(ports.withLock { $0.count } >= 4)
        #expect(ports.withLock { $0.values.max() ?? 0 } <= 256)
        let seen = ids.withLock { $0 }
        #expect(Set(seen).count > 950)
        #expect(zip(seen, seen.dropFirst()).count { $1 - $0 == 1 } < 5)
    }

    @Test(
        "after a server was silent, or refused to answer, the next one is asked",
        arguments: [.silence, .rcode(5)] as [Reply])
    func nextServer(_ reply: Reply) async throws {
        let silent = try ScriptedServer { _ in reply }
        let good = try ScriptedServer { query in .records([Wire.mx(query.name, 10, "mx.example.net")]) }
        defer {
            silent.stop()
            good.stop()
        }
        let resolver = try MailResolver(
            ResolverConfiguration(
                servers: [silent.address, good.address], timeout: .seconds(8), validateDNSSEC: false))
        #expect(await resolver.domain("first.example").status == .mx)
        for index in 0..<20 {
            #expect(await resolver.domain("d\(index).example").status == .mx)
            #expect(silent.count("d\(index).example", typeMX) == 0)
        }
        await resolver.shutdown()
    }

    @Test("a server that nobody runs is left at once")
    func closedPort() async throws {
        let closed = try ScriptedServer { _ in .silence }
        closed.stop()
        let good = try ScriptedServer { query in .records([Wire.mx(query.name, 10, "mx.example.net")]) }
        defer { good.stop() }
        let resolver = try MailResolver(
            ResolverConfiguration(servers: [closed.address, good.address], timeout: .seconds(8), validateDNSSEC: false))
        _ = await resolver.domain("first.example")
        for index in 0..<20 {
            #expect(await resolver.domain("d\(index).example").status == .mx)
            // By the library the name would be asked for a second time.
            #expect(good.count("d\(index).example", typeMX) == 1)
        }
        await resolver.shutdown()
    }

    @Test("ids do not repeat sooner than by chance")
    func randomIDs() {
        var ids = RandomIDs()
        // Some eight of a thousand fall on another's number.
        #expect(Set((0..<1000).map { _ in ids.next() }).count > 950)
    }

    @Test("a queue holds nothing that was taken from it")
    func released() throws {
        final class Thing {}
        var line = Line<Thing>()
        weak var first: Thing?
        do {
            let thing = Thing()
            first = thing
            line.append(thing)
        }
        line.append(Thing())
        #expect(line.popFirst() === first)
        #expect(first == nil)
        #expect(line.count == 1)
    }

    @Test("names that never leave the machine are not asked of servers (RFC 6761, RFC 7686)")
    func localNames() async throws {
        try await withServer { query in
            .records([Wire.mx(query.name, 10, "mx.example.net"), Wire.a(query.name, 8, 8, 8, 8)])
        } asking: { resolver, server in
            #expect(await resolver.host("localhost").status == .forbidden)
            #expect(await resolver.host("mx.onion").status == .nxdomain)
            #expect(server.total == 0)
        }
    }
}
