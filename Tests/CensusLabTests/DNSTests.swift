import CensusModel
import NIOCore
import Testing

@testable import CensusLab

/// The client is dig (Debian package bind9-dnsutils).
@Suite("DNS server")
struct DNSTests {
    private func dig(_ lab: Lab, _ arguments: String...) async throws -> String {
        let server = ["@127.0.0.1", "-p", String(lab.dnsPort), "+tries=1", "+time=10", "+nocmd", "+nostats"]
        return try await run("dig", server + arguments).output
    }

    private func answers(_ lab: Lab, _ arguments: String...) async throws -> [String] {
        let server = ["@127.0.0.1", "-p", String(lab.dnsPort), "+tries=1", "+time=10", "+short"]
        return try await run("dig", server + arguments).output.split(separator: "\n").map(String.init).sorted()
    }

    @Test("A domain of the list has the MX records of the truth, and its hosts their addresses")
    func list() async throws {
        try await withLab { lab, _ in
            let truth = try LabTruth(configuration: lab.configuration)
            for name in try LabDomains(configuration: lab.configuration).prefix(10).map(\.name) {
                let row = truth.domain(name)
                guard row.status == .mx else { continue }
                #expect(try await answers(lab, name, "MX") == row.mx.map { "\($0.preference) \($0.host)." }.sorted())
                for host in row.hosts where host.status == .ok {
                    let found = try await answers(lab, host.host, "A") + answers(lab, host.host, "AAAA")
                    #expect(found.filter { !$0.hasSuffix(".") }.sorted() == host.addresses.map(\.description).sorted())
                }
            }
        }
    }

    @Test("Any other name is answered too, always alike")
    func strangers() async throws {
        try await withLab { lab, _ in
            let truth = try LabTruth(configuration: lab.configuration)
            for name in ["gmail.com", "example.org", "posteo.de"] {
                let first = try await answers(lab, name, "MX")
                #expect(first == truth.domain(name).mx.map { "\($0.preference) \($0.host)." }.sorted())
                #expect(try await answers(lab, name, "MX") == first)
            }
        }
    }

    @Test("Failures are told apart by their codes, negative answers carry an SOA")
    func codes() async throws {
        try await withLab { lab, _ in
            let suffix = "behaviour.lab.test"
            #expect(try await dig(lab, "nxdomain.\(suffix)", "MX").contains("status: NXDOMAIN"))
            #expect(try await dig(lab, "servfail.\(suffix)", "MX").contains("status: SERVFAIL"))
            let noData = try await dig(lab, "no-mail-host.\(suffix)", "MX")
            #expect(noData.contains("status: NOERROR"))
            #expect(noData.contains("ANSWER: 0, AUTHORITY: 1"))
            #expect(noData.contains("SOA"))
            #expect(try await answers(lab, "null-mx.\(suffix)", "MX") == ["0 ."])
            #expect(try await answers(lab, "implicit.\(suffix)", "MX").isEmpty)
            #expect(try await answers(lab, "implicit.\(suffix)", "A").count == 1)
            #expect(try await dig(lab, "_25._tcp.mx.trusted.\(suffix)", "TLSA").contains("status: NXDOMAIN"))
            #expect(try await dig(lab, "trusted.\(suffix)", "MX", "-c", "CH").contains("status: REFUSED"))
            #expect(try await dig(lab, ".", "DNSKEY").contains("status: NOERROR"))
        }
    }

    @Test("Some names are never answered")
    func silence() async throws {
        try await withLab { lab, _ in
            let server = ["@127.0.0.1", "-p", String(lab.dnsPort), "+tries=1", "+time=1"]
            let result = try await run("dig", server + ["timeout.behaviour.lab.test", "MX"])
            #expect(result.output.contains("timed out"))
            #expect(result.status == 9)
        }
    }

    @Test("A large answer is truncated over UDP and whole over TCP")
    func truncation() async throws {
        try await withLab { lab, _ in
            let name = "many-mx.behaviour.lab.test"
            let udp = try await dig(lab, name, "MX", "+ignore")
            #expect(udp.contains(" tc "))
            #expect(udp.contains("ANSWER: 0"))
            let whole = try await dig(lab, name, "MX")
            #expect(whole.contains("Truncated, retrying in TCP mode"))
            #expect((30...45).contains(try await answers(lab, name, "MX").count))
            #expect(try await dig(lab, name, "MX", "+tcp").contains("ANSWER: "))
        }
    }

    @Test("An answer longer than the client can take is truncated, with and without EDNS")
    func clientLimit() throws {
        let responder = DNSResponder(world: try LabWorld(LabConfiguration()))
        // `mx` alone is at most five records: one that is long enough for 512 octets comes from many-mx over TCP only.
        let query = ByteBuffer(
            bytes: [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + Self.name("many-mx.behaviour.lab.test") + [0, 15, 0, 1])
        let tcp = try #require(responder.answer(query, over: .tcp, into: ByteBuffer()))
        #expect(tcp.readableBytes > 512)
        let udp = try #require(responder.answer(query, over: .udp, into: ByteBuffer()))
        #expect(udp.readableBytes <= 512)
        #expect(udp.getInteger(at: 2, as: UInt16.self).map { $0 & 0x0200 } == 0x0200)
    }

    @Test("An alias is given with its target's records, and the target answers by itself")
    func alias() async throws {
        try await withLab { lab, _ in
            let name = "aliased.behaviour.lab.test"
            let found = try await answers(lab, name, "MX")
            #expect(found.contains("canonical.\(name)."))
            #expect(try await answers(lab, "canonical.\(name)", "MX") == found.filter { !$0.hasPrefix("canonical") })
            #expect(found.count == 3)
        }
    }

    @Test("The question comes back in the case in which it was asked")
    func caseOfQuestion() async throws {
        try await withLab { lab, _ in
            let answer = try await dig(lab, "+question", "ExPiReD.BehaViour.lab.TEST", "MX")
            #expect(answer.contains(";ExPiReD.BehaViour.lab.TEST."))
            #expect(answer.lowercased().contains("mx.expired.behaviour.lab.test."))
        }
    }

    @Test("With EDNS the answer has an OPT record, without it none")
    func edns() async throws {
        try await withLab { lab, _ in
            let with = try await dig(lab, "trusted.behaviour.lab.test", "MX", "+bufsize=1400")
            let without = try await dig(lab, "trusted.behaviour.lab.test", "MX", "+noedns")
            #expect(with.contains("udp: 1232"))
            #expect(without.contains("ADDITIONAL: 0"))
        }
    }

    @Test(
        "What is no query gets no answer",
        arguments: [
            [], [0, 1, 1, 0], [0, 1, 0x81, 0, 0, 1, 0, 0, 0, 0, 0, 0] + [0, 0, 1, 0, 1],
            [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1],
            [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 5, 65, 65],
            [0, 1, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1],
        ] as [[UInt8]])
    func garbage(bytes: [UInt8]) throws {
        let responder = DNSResponder(world: try LabWorld(LabConfiguration()))
        #expect(responder.answer(ByteBuffer(bytes: bytes), over: .udp, into: ByteBuffer()) == nil)
    }

    private static func name(_ text: String) -> [UInt8] {
        text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + $0.utf8 } + [0]
    }
}
