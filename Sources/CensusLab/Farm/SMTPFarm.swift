import CMXLab
import CensusModel
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// What all connections of the farm share. May be used on any event loop.
final class FarmServices: Sendable {
    let world: LabWorld
    let contexts: ContextCache
    let log: ConnectionLog?
    /// After which a client that sends nothing is given up; nil for never.
    let idleTimeout: TimeAmount?
    private let slowRange: ClosedRange<Int>
    private let waits: LabWaits
    private let latency: LabLatency?
    private let counts: NIOLockedValueBox<[Int]>
    private let problem = NIOLockedValueBox<String?>(nil)

    init(
        world: LabWorld, contexts: ContextCache, log: ConnectionLog?, slowRange: ClosedRange<Int>, waits: LabWaits,
        latency: LabLatency? = nil, idleTimeout: Int? = nil
    ) {
        self.idleTimeout = idleTimeout.map { .milliseconds(Int64($0)) }
        self.world = world
        self.contexts = contexts
        self.log = log
        self.slowRange = slowRange
        self.waits = waits
        self.latency = latency
        counts = NIOLockedValueBox(Array(repeating: 0, count: Behaviour.all.count))
    }

    /// Makes the odd keys that hosts of the profile have, lest event loops stand still for it later.
    func makeKeys() throws {
        let kinds = world.behaviours.totals.filter { $0.count > 0 }.map(\.item.script.certificate.key)
        for kind in Set(kinds) where kind != .p256 { _ = try OpenSSLKey.of(kind) }
    }

    /// Notes the begin of a connection, `age` nanoseconds ago; true when its end is to be noted too.
    func opened(_ behaviour: Behaviour, _ address: UInt32, age: UInt64) -> Bool {
        if let number = Behaviour.numbers[behaviour] { counts.withLockedValue { $0[number] += 1 } }
        return log?.opened(.v4(address), age: age) ?? false
    }

    func closed(_ address: UInt32) { log?.closed(.v4(address)) }

    /// How long the host at an address waits.
    func time(of wait: Wait, at address: UInt32) -> TimeAmount {
        switch wait {
        case .slow:
            .milliseconds(
                Int64(slowRange.lowerBound + world.mixer.draw(.slowness, Int(address), below: slowRange.count)))
        case .verySlow: .milliseconds(Int64(waits.verySlow))
        case .portion: .milliseconds(Int64(waits.portion))
        case .byte: .milliseconds(Int64(waits.byte))
        }
    }

    /// What makes the host at an address answer late; nil when it answers at once.
    func makeLatencyHandler(_ address: UInt32) -> LatencyHandler? {
        latency.map { LatencyHandler($0.time(at: address, mixer: world.mixer)) }
    }

    /// Connections so far, in the order of `Behaviour.all`.
    var connections: [Int] { counts.withLockedValue { $0 } }

    /// Keeps the first failure of the lab's own making, such as a certificate that could not be made.
    func failed(_ error: any Error) { problem.withLockedValue { if $0 == nil { $0 = "\(error)" } } }

    /// Nil while all is well.
    var firstProblem: String? { problem.withLockedValue { $0 } }
}

/// The SMTP servers of all lab hosts: one listening socket for the whole of 127/8.
final class SMTPFarm: Sendable {
    let port: Int
    private let channel: any Channel

    private init(port: Int, channel: any Channel) {
        self.port = port
        self.channel = channel
    }

    /// Listens on `port` (0: any free one) of every address. The kernel drops what is not for 127/8, so nobody else ever
    /// reaches the farm, and what is for the addresses that play dead. Throws `LabError.listen`.
    static func start(port: Int, services: FarmServices, group: MultiThreadedEventLoopGroup) async throws -> SMTPFarm {
        let socket = try ListeningSocket(port: port)
        let channel = try await ServerBootstrap(group: group)
            // NIO takes four connections a turn of the loop: on a busy machine thousands wait, and the kernel drops the rest.
            .serverChannelOption(.maxMessagesPerRead, value: 256)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 2048))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard case .v4(let local)? = channel.localAddress else { throw ChannelError.unknownLocalAddress }
                    let address = UInt32(bigEndian: local.address.sin_addr.s_addr)
                    guard address >> 24 == 127 else { throw ChannelError.unknownLocalAddress }
                    let latency = services.makeLatencyHandler(address)
                    let pipeline = channel.pipeline.syncOperations
                    if let latency { try pipeline.addHandler(latency) }
                    try pipeline.addHandler(SMTPConnection(farm: services, address: address, latency: latency))
                }
            }
            .withBoundSocket(socket.descriptor).get()
        // NIO has listened once more, with room for 128: of a thousand clients at once most would lose their SYNs.
        try socket.listen(port)
        return SMTPFarm(port: channel.localAddress?.port ?? port, channel: channel)
    }

    func shutdown() async {
        // Closing a channel that is already closed is no failure here.
        try? await channel.close()
    }
}
