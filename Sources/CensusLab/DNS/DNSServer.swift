import NIOCore
import NIOPosix

/// The lab's DNS server: UDP and TCP on one port.
final class DNSServer: Sendable {
    let port: Int
    private let channels: [any Channel]

    /// Binds both sockets. Port 0 takes one that is free for both. Throws `LabError.listen`.
    static func start(address: String, port: Int, world: LabWorld, group: MultiThreadedEventLoopGroup) async throws
        -> DNSServer
    {
        let responder = DNSResponder(world: world)
        // A port that is free for UDP may be taken for TCP: with port 0 others are tried.
        var attempts = port == 0 ? 16 : 1
        while true {
            attempts -= 1
            let udp = try await bindUDP(address, port, responder, group)
            let bound = udp.localAddress?.port ?? port
            do {
                let tcp = try await bindTCP(address, bound, responder, group)
                return DNSServer(port: bound, channels: [udp, tcp])
            } catch {
                try await udp.close()
                guard attempts > 0 else { throw LabError.listen(busy(address, bound, "TCP", error)) }
            }
        }
    }

    private init(port: Int, channels: [any Channel]) {
        self.port = port
        self.channels = channels
    }

    func shutdown() async {
        for channel in channels {
            // Closing a channel that is already closed is no failure here.
            try? await channel.close()
        }
    }

    private static func bindUDP(
        _ address: String, _ port: Int, _ responder: DNSResponder, _ group: MultiThreadedEventLoopGroup
    ) async throws -> any Channel {
        do {
            return try await DatagramBootstrap(group: group)
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 1500 * 16))
                .channelOption(.datagramVectorReadMessageCount, value: 16)
                .channelOption(.socketOption(.so_rcvbuf), value: 4 << 20)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(UDPHandler(responder))
                    }
                }
                .bind(host: address, port: port).get()
        } catch {
            throw LabError.listen(busy(address, port, "UDP", error))
        }
    }

    private static func bindTCP(
        _ address: String, _ port: Int, _ responder: DNSResponder, _ group: MultiThreadedEventLoopGroup
    ) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(TCPHandler(responder))
                }
            }
            .bind(host: address, port: port).get()
    }

    private static func busy(_ address: String, _ port: Int, _ transport: String, _ error: any Error) -> String {
        "the lab's DNS server cannot listen on \(transport) \(address):\(port) (\(error)); "
            + "choose another port, or 0 for any free one"
    }
}

/// Answers each datagram. Bound to its event loop.
private final class UDPHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let responder: DNSResponder

    init(_ responder: DNSResponder) { self.responder = responder }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let buffer = context.channel.allocator.buffer(capacity: 512)
        guard let answer = responder.answer(envelope.data, over: .udp, into: buffer) else { return }
        context.write(
            wrapOutboundOut(AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: answer)), promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    // A datagram that could not be sent is lost, as datagrams are: the server goes on.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

/// Answers queries in their order on one connection: two octets of length before each message (RFC 1035 §4.2.2).
private final class TCPHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let responder: DNSResponder
    private var input = ByteBuffer()

    init(_ responder: DNSResponder) { self.responder = responder }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        input.writeBuffer(&bytes)
        while let length = input.getInteger(at: input.readerIndex, as: UInt16.self),
            input.readableBytes >= 2 + Int(length)
        {
            input.moveReaderIndex(forwardBy: 2)
            guard let packet = input.readSlice(length: Int(length)) else { return }
            reply(to: packet, context)
        }
        input.discardReadBytes()
        context.flush()
    }

    private func reply(to packet: ByteBuffer, _ context: ChannelHandlerContext) {
        var frame = context.channel.allocator.buffer(capacity: 2048)
        frame.writeInteger(UInt16(0))
        guard var answer = responder.answer(packet, over: .tcp, into: frame) else { return }
        answer.setInteger(UInt16(truncatingIfNeeded: answer.readableBytes - 2), at: answer.readerIndex)
        context.write(wrapOutboundOut(answer), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
