import CensusModel
import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Preflight
import Testing

/// Against listeners on loopback.
@Suite("Dialling a mail host")
struct DialerTests {
    private static let group = MultiThreadedEventLoopGroup.singleton

    /// Says something when a client connects, and keeps what the first client says.
    private final class Server: Sendable {
        private let channel: any Channel
        private let first: EventLoopPromise<String>
        var port: UInt16 { UInt16(channel.localAddress?.port ?? 0) }
        /// All that the first client said until its connection ended.
        var heard: String { get async throws { try await first.futureResult.get() } }

        /// - Parameter closes: Closes each connection at once after the greeting.
        init(greeting: String?, host: String = "127.0.0.1", closes: Bool = false) async throws {
            let first = DialerTests.group.next().makePromise(of: String.self)
            let isFirst = NIOLockedValueBox(true)
            self.first = first
            channel = try await ServerBootstrap(group: DialerTests.group)
                .childChannelInitializer { child in
                    let mine = isFirst.withLockedValue { value in
                        defer { value = false }
                        return value
                    }
                    return child.eventLoop.makeCompletedFuture {
                        try child.pipeline.syncOperations.addHandler(
                            Conversation(greeting: greeting, closes: closes, heard: mine ? first : nil))
                    }
                }
                .bind(host: host, port: 0).get()
        }

        func stop() async throws {
            try await channel.close()
            // Where no client came the promise is still open; it must not be dropped so.
            first.fail(ChannelError.eof)
        }
    }

    private final class Conversation: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let greeting: String?
        private let closes: Bool
        private let heard: EventLoopPromise<String>?
        private var text = ""

        init(greeting: String?, closes: Bool, heard: EventLoopPromise<String>?) {
            self.greeting = greeting
            self.closes = closes
            self.heard = heard
        }

        func channelActive(context: ChannelHandlerContext) {
            if let greeting { context.writeAndFlush(NIOAny(ByteBuffer(string: greeting)), promise: nil) }
            if closes { context.close(promise: nil) }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
        }

        func channelInactive(context: ChannelHandlerContext) { heard?.succeed(text) }
    }

    private func dial(_ host: String, _ port: UInt16, deadline: TimeAmount = .seconds(60)) async throws -> DialResult {
        await Dialer(group: Self.group, deadline: deadline).dial(try address(host), port: port)
    }

    @Test("takes the first line of the greeting, escaped, over IPv4 and IPv6", arguments: ["127.0.0.1", "::1"])
    func greeting(host: String) async throws {
        let server = try await Server(greeting: "220-mx \u{1b}[31m\r\n220 ready\r\n", host: host)
        #expect(try await dial(host, server.port) == .connected(greeting: "220-mx \\x1b[31m"))
        try await server.stop()
    }

    @Test("a server that says nothing is connected all the same, once the deadline has passed")
    func silent() async throws {
        let server = try await Server(greeting: nil)
        #expect(try await dial("127.0.0.1", server.port, deadline: .milliseconds(50)) == .connected(greeting: nil))
        try await server.stop()
    }

    @Test("a server that closes at once was reached")
    func closing() async throws {
        let server = try await Server(greeting: nil, closes: true)
        #expect(try await dial("127.0.0.1", server.port) == .connected(greeting: nil))
        try await server.stop()
    }

    @Test("a greeting without end is cut")
    func endless() async throws {
        let server = try await Server(greeting: String(repeating: "x", count: 100_000))
        #expect(
            try await dial("127.0.0.1", server.port) == .connected(greeting: String(repeating: "x", count: 512)))
        try await server.stop()
    }

    @Test("a port where nobody listens refuses")
    func refused() async throws {
        let server = try await Server(greeting: nil)
        let port = server.port
        try await server.stop()
        #expect(try await dial("127.0.0.1", port) == .refused)
    }

    @Test("the whole port check works against real listeners on loopback")
    func wholeCheck() async throws {
        let server = try await Server(greeting: "220 ready\r\n")
        let loopback = try address("127.0.0.1")
        var environment = PreflightEnvironment(
            eventLoopGroup: Self.group, concurrency: 1, ehloName: "scanner.example.org", port: server.port,
            mailHosts: ["a.example.org", "b.example.org"],
            policy: ContactPolicy(allowed: [CIDR(loopback, prefixLength: 8)]), lookUp: { _ in .addresses([loopback]) },
            reverse: { _ in [] }, trustStore: { .loaded(roots: 1, from: "lab.pem") })
        environment.routeV6 = { nil }
        let check = try await Preflight.run(environment).check("port \(server.port) over IPv4")
        #expect(check.found == "2 of 2 known mail hosts answered.")
        try await server.stop()
    }

    @Test("says QUIT after the greeting, and nothing before it")
    func polite() async throws {
        let server = try await Server(greeting: "220 ready\r\n")
        _ = try await dial("127.0.0.1", server.port)
        #expect(try await server.heard == "QUIT\r\n")
        try await server.stop()
    }
}
