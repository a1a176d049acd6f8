import CensusModel
import Foundation
import Testing

@testable import DNSLookup

/// Unknown without asking anybody: its label is too long for DNS.
private let unknownHost = String(repeating: "a", count: 64) + ".example:53"

@Suite("The configuration of a resolver")
struct ConfigurationTests {
    @Test(
        "a server that is none is refused, by name",
        arguments: [
            "", ":53", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:dns", "127.0.0.1:-1", "[::1",
            "[::1]53",
            "no such host:53", unknownHost, "127.0.0.1:53\nserver:",
        ])
    func badServer(_ server: String) throws {
        let error = try #require(throws: ResolverError.self) {
            try MailResolver(ResolverConfiguration(servers: ["127.0.0.1:5353", server]))
        }
        #expect(error.description.contains("“\(server)”"))
    }

    @Test("a server may be named by address, host or IPv6 address")
    func serverForms() async throws {
        let configuration = ResolverConfiguration(
            servers: ["127.0.0.1", "localhost:5353", "[::1]:5353", "::1"], timeout: .milliseconds(100),
            validateDNSSEC: false)
        let resolver = try MailResolver(configuration)
        let servers = await resolver.check(timeout: .milliseconds(10)).servers.map(\.server)
        #expect(servers.contains("127.0.0.1:53"))
        #expect(servers.contains("[::1]:5353"))
        #expect(servers.contains("[::1]:53"))
        #expect(Set(servers).count == servers.count)
        await resolver.shutdown()
    }

    @Test("without servers, those of resolv.conf are asked; without any there, the error says so")
    func systemServers() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "resolv-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let text =
            "# nameserver 192.0.2.9\nsearch example.org\nnameserver 192.0.2.1\nnameserver\t::1\r\n nameserver 192.0.2.1\n"
        try text.write(to: file, atomically: true, encoding: .utf8)
        let servers = try ServerAddress.resolve([], systemFile: file.path)
        #expect(servers.map(\.description) == ["192.0.2.1:53", "[::1]:53"])
        try "nameserver\n".write(to: file, atomically: true, encoding: .utf8)
        for path in [file.path, file.path + "-missing"] {
            let error = try #require(throws: ResolverError.self) { try ServerAddress.resolve([], systemFile: path) }
            #expect(error.description.contains(path))
        }
    }

    @Test(
        "a trust anchor that is none is refused, by name", arguments: ["", "example.org. A 192.0.2.1\n", "\u{0}\u{1}"])
    func badAnchor(_ text: String) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "anchor-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try text.write(to: file, atomically: true, encoding: .utf8)
        for path in [file.path, file.path + "-missing"] {
            let error = try #require(throws: ResolverError.self) {
                try MailResolver(ResolverConfiguration(servers: ["127.0.0.1:5353"], trustAnchorFile: path))
            }
            #expect(error.description.contains(path))
        }
    }

    @Test("a trust anchor that libunbound cannot read is refused, by name")
    func brokenAnchor() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "anchor-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try ". IN DS not a digest\n".write(to: file, atomically: true, encoding: .utf8)
        let error = try #require(throws: ResolverError.self) {
            try MailResolver(ResolverConfiguration(servers: ["127.0.0.1:5353"], trustAnchorFile: file.path))
        }
        #expect(error.description.contains(file.path))
    }

    @Test("the check tells a server that answers from one that refuses and one that is silent")
    func check() async throws {
        let good = try ScriptedServer { _ in .nodata }
        let refusing = try ScriptedServer { _ in .rcode(5) }
        let silent = try ScriptedServer { _ in .silence }
        defer { [good, refusing, silent].forEach { $0.stop() } }
        let resolver = try MailResolver(
            ResolverConfiguration(servers: [good, refusing, silent].map(\.address), validateDNSSEC: false))
        let health = await resolver.check(timeout: .milliseconds(300))
        #expect(health.usable)
        #expect(health.servers.map(\.server) == [good, refusing, silent].map(\.address))
        #expect(health.servers[0].problem == nil)
        #expect(health.servers[0].roundTrip != nil)
        #expect(health.servers[1].problem?.contains("REFUSED") == true)
        #expect(health.servers[2].problem?.contains("does not answer") == true)
        #expect(health.validation == .off(reason: "not asked for"))
        await resolver.shutdown()
    }

    @Test("a second server answers when the first is silent")
    func secondServer() async throws {
        let silent = try ScriptedServer { _ in .silence }
        let good = try ScriptedServer { .records([Wire.mx($0.name, 10, "mx.example.net")]) }
        defer { [good, silent].forEach { $0.stop() } }
        let resolver = try MailResolver(
            ResolverConfiguration(servers: [silent, good].map(\.address), timeout: .seconds(30), validateDNSSEC: false))
        for index in 0..<5 {
            #expect(await resolver.domain("d\(index).example").status == .mx)
        }
        await resolver.shutdown()
    }
}
