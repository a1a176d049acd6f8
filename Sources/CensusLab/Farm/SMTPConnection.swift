import CensusModel
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// One connection to a lab host: runs the script of the behaviour that lives at its local address.
/// Bound to its event loop, hence not Sendable.
///
/// There is no idle time-out: the peer is a scanner on the same machine, whose end is noticed.
final class SMTPConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Listening {
        /// Commands are obeyed as they come.
        case commands
        /// Commands are kept until a pause is over.
        case later
        /// The next bytes, whatever they are, are dropped and let the script go on.
        case anyBytes
        case nothing
    }

    /// Longest line, and most bytes kept for later.
    private static let inputLimit = 4096

    private let farm: FarmServices
    private let host: LabWorld.Resident
    private let address: UInt32
    private var listening = Listening.commands
    private var pending: ArraySlice<Move> = []
    private var input = ByteBuffer()
    private var underTLS = false
    private var logged = false

    init(farm: FarmServices, address: UInt32) {
        self.farm = farm
        self.address = address
        host = farm.world.resident(at: address)
    }

    private var script: Script { host.behaviour.script }
    private var displayName: String { host.name ?? "[\(IPAddress.v4(address))]" }

    // MARK: Events

    func channelActive(context: ChannelHandlerContext) {
        logged = farm.opened(host.behaviour, address)
        run(script.greeting, context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if logged { farm.closed(address) }
        listening = .nothing
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        switch listening {
        case .nothing: return
        case .anyBytes:
            listening = .commands
            resume(context)
        case .commands, .later:
            guard input.readableBytes + bytes.readableBytes <= Self.inputLimit else { return close(context) }
            input.writeBuffer(&bytes)
            obey(context)
        }
    }

    // The peer went away, or its handshake failed: both are its own affair.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { close(context) }

    // MARK: Commands

    private func obey(_ context: ChannelHandlerContext) {
        while case .commands = listening, let line = nextLine() {
            let verb = line.prefix { $0 != " " }.uppercased()
            switch verb {
            case "EHLO": run(underTLS ? script.ehloUnderTLS : script.ehlo, context)
            case "HELO": run(script.helo, context)
            case "STARTTLS": run(underTLS ? [.reply("503 5.5.1 Error: TLS already active")] : script.starttls, context)
            case "QUIT": run([.reply("221 2.0.0 Bye"), .close], context)
            case "NOOP", "RSET": run([.reply("250 2.0.0 Ok")], context)
            case "MAIL", "RCPT", "DATA": run([.reply("450 4.3.0 This laboratory takes no mail")], context)
            default: run([.reply("502 5.5.2 Error: command not recognized")], context)
            }
        }
    }

    private func nextLine() -> String? {
        guard let end = input.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let line = input.readString(length: end - input.readerIndex + 1) ?? ""
        if input.readableBytes == 0 { input.clear() }
        return line.last?.isNewline == true ? String(line.dropLast()) : line
    }

    // MARK: Moves

    private func run(_ moves: [Move], _ context: ChannelHandlerContext) {
        pending = moves[...]
        resume(context)
    }

    private func resume(_ context: ChannelHandlerContext) {
        while let move = pending.popFirst() {
            switch move {
            case .banner: write(Dialect.banner(displayName, style: host.style) + "\r\n", context)
            case .reply(let text): write(text.replacing("%h", with: displayName) + "\r\n", context)
            case .raw(let bytes): context.write(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
            case .capabilities(let mention):
                write(Dialect.capabilities(displayName, style: host.style, mention) + "\r\n", context)
            case .slowPause: return pause(context)
            case .awaitBytes:
                listening = .anyBytes
                return context.flush()
            case .silence:
                listening = .nothing
                return context.flush()
            case .close: return close(context)
            case .reset: return reset(context)
            case .startTLS: startTLS(context)
            }
        }
        context.flush()
    }

    private func write(_ text: String, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }

    private func pause(_ context: ChannelHandlerContext) {
        context.flush()
        listening = .later
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(farm.slowGreeting(address))) {
            let (connection, context) = bound.value
            guard case .later = connection.listening else { return }
            connection.listening = .commands
            connection.resume(context)
            connection.obey(context)
        }
    }

    private func close(_ context: ChannelHandlerContext) {
        listening = .nothing
        context.flush()
        context.close(promise: nil)
    }

    private func reset(_ context: ChannelHandlerContext) {
        if let options = context.channel as? any SocketOptionProvider {
            // Done at once, since this is the channel's event loop.
            _ = options.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        }
        close(context)
    }

    // MARK: TLS

    private func startTLS(_ context: ChannelHandlerContext) {
        context.flush()
        underTLS = true
        // What came in the clear after STARTTLS must not count (RFC 3207 §4.2).
        input.clear()
        do {
            let pipeline = context.pipeline.syncOperations
            guard let subject = host.subject else {
                return try pipeline.addHandler(nameReader(context), position: .first)
            }
            try pipeline.addHandler(try tlsHandler(subject), position: .first)
        } catch {
            farm.failed(error)
            close(context)
        }
    }

    private func tlsHandler(_ subject: CertificateSubject) throws -> NIOSSLServerHandler {
        NIOSSLServerHandler(
            context: try farm.contexts.context(
                for: .init(kind: script.certificate, subject: subject, maximumTLS12: script.maximumTLS12)))
    }

    /// Reads the name that the client asks for (SNI) and goes on with a certificate made for it.
    private func nameReader(_ context: ChannelHandlerContext) -> ByteToMessageHandler<SNIHandler> {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let reader = SNIHandler { result in
            let (connection, context) = bound.value
            let name: String =
                switch result {
                case .hostname(let name): name.lowercased()
                case .fallback: "no-name.lab.test"
                }
            return context.eventLoop.makeCompletedFuture {
                let handler = try connection.tlsHandler(.host(name))
                try context.pipeline.syncOperations.addHandler(
                    handler, position: .before(connection))
            }
        }
        return ByteToMessageHandler(reader)
    }
}
