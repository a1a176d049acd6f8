import CMXOpenSSL
import CensusModel
import ProbeEngine
import ProbeTestSupport
import Testing

@Suite("Probing servers that fail", .timeLimit(.minutes(2)))
struct FailureTests {
    /// Short enough not to hold the tests up; only servers that never answer use them.
    private let short = ProbeTimeouts(connect: 300, greeting: 300, command: 300, handshake: 300, total: 5000)

    @Test("A port where nothing listens")
    func refused() async throws {
        let seen = try await ScriptedServer.withRefusingPort { try await probe(port: $0) }
        #expect(seen.failure == .refused)
        #expect(Set(seen.durations.keys) == [.connect])
    }

    @Test("A host that does not answer the connection request")
    func connectTimeout() async throws {
        // The kernel drops further requests once the queue of an unattended listener is full.
        let server = try ScriptedServer(backlog: 0, nil)
        let patient = ProbeTimeouts(connect: 2000, greeting: 2000, total: 2000)
        async let first = probe(port: server.port, timeouts: patient)
        async let second = probe(port: server.port, timeouts: patient)
        async let third = probe(port: server.port, timeouts: patient)
        let failures = try await [first, second, third].map(\.failure)
        #expect(failures.contains(.timeout(.connect)))
        #expect(failures.contains(.timeout(.greeting)))
    }

    @Test("A closing is told by the step at which it comes")
    func closed() async throws {
        #expect(try await probe({ _ in }).failure == .closed(.greeting))
        let afterEHLO = try await probe({ connection in
            try connection.send("220 mx\r\n")
            try connection.line()
        })
        #expect(afterEHLO.failure == .closed(.ehlo))
        #expect(afterEHLO.greeting?.code == 220)
        let context = try serverContext()
        let underTLS = try await probe({ connection in
            try connection.offerTLS()
            try connection.startTLS(context)
            try connection.line()
        })
        #expect(underTLS.failure == .closed(.ehloUnderTLS))
        #expect(underTLS.chain.count == 2)
    }

    @Test("A closing in place of the handshake")
    func closedInHandshake() async throws {
        let seen = try await probe({ connection in
            try connection.offerTLS()
            try connection.hello()
        })
        #expect(seen.failure == .handshake(.closed))
        #expect(seen.starttls?.code == 220)
    }

    @Test("A reset is told from a closing, and by its step")
    func reset() async throws {
        let atOnce = try await probe({ $0.reset() }).failure
        // Whether the kernel tells of it as the end of the connection or of the connecting is a matter of microseconds.
        #expect(atOnce == .reset(.greeting) || atOnce == .reset(.connect))
        let afterEHLO = try await probe({ connection in
            try connection.send("220 mx\r\n")
            try connection.line()
            connection.reset()
        })
        #expect(afterEHLO.failure == .reset(.ehlo))
        let inHandshake = try await probe({ connection in
            try connection.offerTLS()
            try connection.hello()
            connection.reset()
        })
        #expect(inHandshake.failure == .handshake(.reset))
    }

    @Test("Silence is told by its step")
    func silence() async throws {
        #expect(try await probe({ $0.untilClosed() }, timeouts: short).failure == .timeout(.greeting))
        let afterGreeting = try await probe(
            { connection in
                try connection.send("220 mx\r\n")
                connection.untilClosed()
            }, timeouts: short)
        #expect(afterGreeting.failure == .timeout(.ehlo))
        let inHandshake = try await probe(
            { connection in
                try connection.offerTLS()
                connection.untilClosed()
            }, timeouts: short)
        #expect(inHandshake.failure == .handshake(.timeout))
    }

    @Test("A server that drips bytes cannot hold a probe beyond the deadline of the step")
    func drip() async throws {
        let seen = try await probe(
            { try $0.drip("220-" + String(repeating: "a", count: 1000), pause: .milliseconds(20)) }, timeouts: short)
        #expect(seen.failure == .timeout(.greeting))
    }

    @Test("The whole probe's deadline holds whatever the steps do")
    func total() async throws {
        let timeouts = ProbeTimeouts(connect: 5000, greeting: 5000, command: 5000, handshake: 5000, total: 300)
        let seen = try await probe(
            { connection in
                try connection.send("220 mx\r\n")
                connection.untilClosed()
            }, timeouts: timeouts)
        #expect(seen.failure == .timeout(.ehlo))
    }

    @Test("A server that keeps silent after QUIT changes nothing")
    func quitSilence() async throws {
        let seen = try await probe(
            { connection in
                try connection.send("554 no\r\n")
                connection.untilClosed()
            }, timeouts: short)
        #expect(seen.failure == .rejected(.greeting))
    }

    @Test(
        "What is not SMTP",
        arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "\u{15}\u{3}\u{1}"])
    func notSMTP(text: String) async throws {
        #expect(try await probe({ try $0.send(text) }).failure == .notSMTP)
    }

    @Test("A reply without end is cut off")
    func flood() async throws {
        let seen = try await probe({ connection in
            let lines = String(repeating: "220-" + String(repeating: "a", count: 1000) + "\r\n", count: 100)
            while true { try connection.send(lines) }
        })
        #expect(seen.failure == .protocolError(.greeting))
    }

    @Test("Plaintext in place of the handshake")
    func notTLS() async throws {
        let seen = try await probe({ connection in
            try connection.offerTLS()
            try connection.hello()
            try connection.send("500 what?\r\n")
        })
        #expect(seen.failure == .handshake(.notTLS))
    }

    @Test("A handshake that the server refuses with an alert")
    func alert() async throws {
        let context = try serverContext {
            $0.maximum = TLS1_2_VERSION
            $0.ciphers = "aNULL"
        }
        let seen = try await probe({ connection in
            try connection.offerTLS()
            try connection.startTLS(context)
        })
        #expect(seen.failure == .handshake(.alert(40)))
        #expect(seen.tls == nil)
    }

    @Test("A server that requires a client certificate", arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func certificateRequired(version: CInt) async throws {
        let context = try serverContext {
            $0.maximum = version
            $0.clientCertificate = .required
        }
        let seen = try await probe(
            { connection in
                try connection.offerTLS()
                do { try connection.startTLS(context) } catch { connection.untilClosed() }
            }, timeouts: ProbeTimeouts(command: 3000))
        #expect(seen.failure == .handshake(.clientCertificateRequired))
        #expect(seen.chain.count == 2)
    }
}
