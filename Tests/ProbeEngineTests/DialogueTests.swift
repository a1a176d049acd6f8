import CMXOpenSSL
import CensusModel
import NIOPosix
import ProbeEngine
import ProbeTestSupport
import Testing

@Suite("Probing servers that answer", .timeLimit(.minutes(2)))
struct DialogueTests {
    @Test("A good server: everything is observed, and the probe takes its leave")
    func good() async throws {
        let context = try serverContext()
        let server = try ScriptedServer { try $0.beGood(context) }
        defer { server.stop() }
        let seen = try await probe(port: server.port)
        #expect(seen.failure == nil)
        #expect(seen.greeting == SMTPReply(code: 220, lines: ["mx.example.org ESMTP"]))
        #expect(seen.ehlo == SMTPReply(code: 250, lines: ["mx.example.org", "STARTTLS"]))
        #expect(seen.starttlsOffered == true)
        #expect(seen.starttls == SMTPReply(code: 220, lines: ["go ahead"]))
        #expect(seen.tls?.version == "TLSv1.3")
        #expect(try seen.chain == TestCertificates.der(of: TestCertificates.shared().chain))
        #expect(seen.ehloUnderTLS == SMTPReply(code: 250, lines: ["mx.example.org"]))
        #expect(seen.plaintextAfterSTARTTLS == nil)
        #expect(Set(seen.durations.keys) == Set(ProbeStep.allCases))
        #expect(seen.transcript.isEmpty)
        #expect(server.heard == ["EHLO probe.example", "STARTTLS", "EHLO probe.example", "QUIT"])
    }

    @Test("TLS 1.2, where the server finishes the handshake")
    func tls12() async throws {
        let context = try serverContext { $0.maximum = TLS1_2_VERSION }
        let seen = try await probe({ try $0.beGood(context) })
        #expect(seen.failure == nil)
        #expect(seen.tls?.version == "TLSv1.2")
        #expect(seen.ehloUnderTLS?.code == 250)
    }

    @Test("The transcript holds both sides of the dialogue in order")
    func transcript() async throws {
        let context = try serverContext()
        let seen = try await probe({ try $0.beGood(context) }, transcript: true)
        let lines = seen.transcript.filter { $0.direction != .note }.map(\.text)
        #expect(
            lines == [
                "220 mx.example.org ESMTP", "EHLO probe.example", "250-mx.example.org", "250 STARTTLS", "STARTTLS",
                "220 go ahead", "EHLO probe.example", "250 mx.example.org", "QUIT", "221 bye",
            ])
        #expect(seen.transcript.map(\.milliseconds) == seen.transcript.map(\.milliseconds).sorted())
    }

    @Test("No STARTTLS: the probe is complete, and says QUIT")
    func notOffered() async throws {
        let server = try ScriptedServer { connection in
            try connection.send("220 mx\r\n")
            try connection.line()
            try connection.send("250-mx\r\n250 XXXXXXXA\r\n")
            try connection.line()
            try connection.send("221 bye\r\n")
        }
        defer { server.stop() }
        let seen = try await probe(port: server.port)
        #expect(seen.failure == nil)
        #expect(seen.starttlsOffered == false)
        #expect(seen.maskedKeyword == "XXXXXXXA")
        #expect(server.heard == ["EHLO probe.example", "QUIT"])
    }

    @Test("A 421 greeting is answered with QUIT, and the reply kept")
    func greeting421() async throws {
        let server = try ScriptedServer { connection in
            try connection.send("421 too many connections\r\n")
            try connection.line()
            try connection.send("221 bye\r\n")
        }
        defer { server.stop() }
        let seen = try await probe(port: server.port)
        #expect(seen.failure == .rejected(.greeting))
        #expect(seen.greeting?.code == 421)
        #expect(server.heard == ["QUIT"])
    }

    @Test("Plaintext behind the 220 is recorded and never taken for a word under TLS")
    func plaintext() async throws {
        let context = try serverContext()
        let seen = try await probe({ connection in
            try connection.offerTLS(go: "220 go ahead\r\n250 injected\r\n")
            try connection.startTLS(context)
            try connection.line()
            try connection.send("250 genuine\r\n")
            try connection.line()
        })
        #expect(seen.failure == nil)
        #expect(seen.plaintextAfterSTARTTLS == "250 injected\\r\\n")
        #expect(seen.ehloUnderTLS == SMTPReply(code: 250, lines: ["genuine"]))
    }

    @Test("A server that asks for a client certificate and goes on without")
    func certificateAsked() async throws {
        let context = try serverContext { $0.clientCertificate = .asked }
        let seen = try await probe({ try $0.beGood(context) })
        #expect(seen.failure == nil)
        #expect(seen.tls?.clientCertificateRequested == true)
    }

    @Test("Many probes at once, each with its own session")
    func many() async throws {
        let context = try serverContext()
        let server = try ScriptedServer { try $0.beGood(context) }
        defer { server.stop() }
        let engine = try ProbeEngine(settings: .init(ehloName: "probe.example"), eventLoopGroup: Loops.group)
        let target = target(server.port)
        let good = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    let seen = await engine.probe(target)
                    return seen.failure == nil && seen.chain.count == 2 && seen.ehloUnderTLS?.code == 250
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(good == 100)
        #expect(server.heard.count == 400)
    }

    @Test(
        "An EHLO name that could smuggle a second command is refused", arguments: ["", "a b", "a\r\nb", "a\u{7f}", "ä"])
    func ehloName(name: String) {
        #expect(throws: ProbeEngineError.invalidEHLOName(name)) {
            try ProbeEngine(settings: .init(ehloName: name), eventLoopGroup: Loops.group)
        }
    }
}
