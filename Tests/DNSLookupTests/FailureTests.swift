import CensusModel
import DNSLookup
import Synchronization
import Testing

@Suite("A failing lookup")
struct FailureTests {
    @Test("SERVFAIL is asked again, and the answer counts")
    func recovers() async throws {
        try await withServer { query in
            query.ordinal <= 2 ? .rcode(2) : .records([Wire.mx(query.name, 10, "mx.example.net")])
        } asking: { resolver, _ in
            #expect(await resolver.domain("example.org").status == .mx)
        }
    }

    @Test("SERVFAIL, REFUSED and other error codes stay failures of the server", arguments: [2, 4, 5, 9])
    func errorCodes(_ code: Int) async throws {
        try await withServer { _ in
            .rcode(code)
        } asking: { resolver, server in
            let found = await resolver.domain("example.org")
            #expect(found.status == .dnsFailure)
            #expect(found.failure == .servfail)
            #expect(found.dnssec == .indeterminate)
            #expect(server.count("example.org", typeMX) >= 3)
        }
    }

    @Test("silence until the deadline is a time-out")
    func silence() async throws {
        try await withServer(.quick(timeout: .milliseconds(300))) { _ in
            .silence
        } asking: { resolver, _ in
            let found = await resolver.domain("example.org")
            #expect(found.status == .dnsFailure)
            #expect(found.failure == .timeout)
        }
    }

    @Test("a server that nobody runs is a time-out, not a SERVFAIL")
    func nobody() async throws {
        let server = try ScriptedServer { _ in .silence }
        server.stop()
        let resolver = try MailResolver(
            ResolverConfiguration(
                servers: [server.address], timeout: .seconds(5), attempts: 1, validateDNSSEC: false))
        #expect(await resolver.domain("example.org").failure == .timeout)
        let health = await resolver.check()
        #expect(!health.usable)
        await resolver.shutdown()
    }

    @Test("a lost datagram is sent again")
    func lost() async throws {
        try await withServer { query in
            query.ordinal == 1 ? .silence : .records([Wire.mx(query.name, 10, "mx.example.net")])
        } asking: { resolver, _ in
            #expect(await resolver.domain("example.org").status == .mx)
        }
    }

    @Test("a server that was silent is used again as soon as it is back")
    func back() async throws {
        let alive = Atomic(false)
        let configuration = ResolverConfiguration(timeout: .seconds(4), attempts: 3, validateDNSSEC: false)
        try await withServer(configuration) { query in
            alive.load(ordering: .relaxed) ? .records([Wire.mx(query.name, 10, "mx.example.net")]) : .silence
        } asking: { resolver, _ in
            await withTaskGroup { group in
                for index in 0..<20 {
                    group.addTask { #expect(await resolver.domain("d\(index).example").failure == .timeout) }
                }
            }
            alive.store(true, ordering: .relaxed)
            #expect(await resolver.domain("d0.example").status == .mx)
        }
    }

    @Test("names that never answer do not hold up or spoil the others")
    func deadBesideLiving() async throws {
        try await withServer(.quick(timeout: .seconds(3))) { query in
            query.name.hasPrefix("dead") ? .silence : .records([Wire.mx(query.name, 10, "mx.example.net")])
        } asking: { resolver, _ in
            await withTaskGroup { group in
                for index in 0..<400 {
                    let dead = index % 10 == 0
                    group.addTask {
                        let found = await resolver.domain("\(dead ? "dead" : "live")\(index).example")
                        #expect(found.failure == (dead ? .timeout : nil))
                    }
                }
            }
        }
    }

    @Test("a hostile answer is a failure, and ends", arguments: HostileAnswer.allCases)
    func hostile(_ kind: HostileAnswer) async throws {
        try await withServer(.quick(timeout: .milliseconds(500), attempts: 1)) { query in
            .raw(kind.octets(query))
        } asking: { resolver, _ in
            let found = await resolver.domain("example.org")
            #expect(found.status == .dnsFailure)
        }
    }

    @Test("shutting down ends lookups at once, those in the queue too")
    func shutdown() async throws {
        try await withServer(.quick(maxInFlight: 2)) { _ in
            .silence
        } asking: { resolver, _ in
            await withTaskGroup { group in
                for index in 0..<10 {
                    group.addTask { #expect(await resolver.domain("d\(index).example").failure == .timeout) }
                }
                group.addTask { await resolver.shutdown() }
            }
        }
    }
}

/// Answers that break RFC 1035 in ways that have killed parsers.
enum HostileAnswer: CaseIterable, Sendable {
    case pointerLoop, pointerToItself, pointerForward, cutInRecord, wrongCount, garbage, reservedLabel

    func octets(_ query: ScriptedServer.Query) -> [UInt8] {
        var head = Array(query.octets[..<query.questionEnd])
        head[2] = 0x81
        head[3] = 0x80
        head.replaceSubrange(6..<12, with: [0, 1, 0, 0, 0, 0])
        let fixed: [UInt8] = [0, 15, 0, 1, 0, 0, 0, 60]
        let at = UInt8(head.count)
        switch self {
        case .pointerLoop: return head + [0xc0, at + 2, 0xc0, at] + fixed + [0, 5, 0, 1, 0xc0, 12, 0]
        case .pointerToItself: return head + [0xc0, at] + fixed + [0, 4, 0, 1, 0xc0, 12]
        case .pointerForward: return head + [0xc0, 12] + fixed + [0, 4, 0, 1, 0xc0, at + 30]
        case .cutInRecord: return head + [0xc0, 12] + fixed + [0, 200, 0, 1]
        case .wrongCount:
            head[7] = 255
            return head + [0xc0, 12] + fixed + [0, 4, 0, 1, 0xc0]
        case .garbage: return Array(head[..<2]) + Array(repeating: 0xff, count: 600)
        case .reservedLabel: return head + [0x80, 12] + fixed + [0, 4, 0, 1, 0xc0, 12]
        }
    }
}
