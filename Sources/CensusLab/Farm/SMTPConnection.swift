import CMXLab
import CensusModel
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// One connection to a lab host: runs the script of the behaviour that lives at its local address.
/// Bound to its event loop, hence not Sendable.
///
/// Usually there is no idle time-out: the peer is a scanner on the same machine, whose end is noticed, but not that it was
/// stopped.
final class SMTPConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Listening {
        /// Commands are obeyed as they come.
        case commands
        /// Commands are kept until a pause is over.
        case later
        /// To whoever talks before a pause is over this is said, and no more.
        case guarded(String)
        /// The next bytes, whatever they are, are dropped and let the script go on.
        case anyBytes
        case nothing
    }

    /// Longest line, and most bytes kept for later.
    private static let inputLimit = 4096
    private static let floodPortion = 4096
    private static let floodInterval = TimeAmount.milliseconds(5)
    private static let tlsName = "TLS"
    private static let nobody = CertificateSubject.host("no-name.lab.test")

    private let farm: FarmServices
    private let host: LabWorld.Resident
    private let address: UInt32
    /// What stands between this connection and its socket; nil when nothing does.
    private let latency: LatencyHandler?
    private var listening = Listening.commands
    private var pending: ArraySlice<Move> = []
    private var input = ByteBuffer()
    private var underTLS = false
    private var logged = false
    private var lastHeard = NIODeadline.now()

    init(farm: FarmServices, address: UInt32, latency: LatencyHandler? = nil) {
        self.farm = farm
        self.address = address
        self.latency = latency
        host = farm.world.resident(at: address)
    }

    private var script: Script { host.behaviour.script }
    private var displayName: String { host.name ?? "[\(IPAddress.v4(address))]" }

    // MARK: Events

    func channelActive(context: ChannelHandlerContext) {
        logged = farm.opened(host.behaviour, address, age: Self.age(of: context.channel))
        if let limit = farm.idleTimeout { watchSilence(limit, context) }
        run(script.greeting, context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        noteEnd()
        listening = .nothing
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        lastHeard = .now()
        switch listening {
        case .nothing: return
        case .anyBytes:
            listening = .commands
            resume(context)
        case .guarded(let objection):
            listening = .commands
            run([.reply(objection), .close], context)
        case .commands, .later:
            guard input.readableBytes + bytes.readableBytes <= Self.inputLimit else { return close(context) }
            input.writeBuffer(&bytes)
            obey(context)
        }
    }

    // The peer went away, or its handshake failed: both are its own affair.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { close(context) }

    /// Once, and before the peer can know of it.
    private func noteEnd() {
        if logged { farm.closed(address) }
        logged = false
    }

    /// How long ago the kernel established the connection, in nanoseconds. Asked before anything is sent.
    private static func age(of channel: any Channel) -> UInt64 {
        var age: UInt64 = 0
        if let options = channel as? any SocketOptionProvider {
            // Done at once, since this is the channel's event loop.
            let info: EventLoopFuture<CMXConnectionInfo> = options.unsafeGetSocketOption(
                level: .tcp, name: NIOBSDSocket.Option(rawValue: cmx_connection_info))
            info.assumeIsolated().whenSuccess { age = UInt64(cmx_since_last_sent_ms($0)) * 1_000_000 }
        }
        return age
    }

    /// Gives the client up when it has sent nothing for so long.
    private func watchSilence(_ limit: TimeAmount, _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(deadline: lastHeard + limit) {
            let (connection, context) = bound.value
            guard context.channel.isActive else { return }
            if NIODeadline.now() >= connection.lastHeard + limit {
                connection.reset(context)
            } else {
                connection.watchSilence(limit, context)
            }
        }
    }

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
            case .reply(let text): write(text + "\r\n", context)
            case .text(let text): write(text, context)
            case .raw(let bytes): context.write(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
            case .capabilities(let mention):
                write(Dialect.capabilities(displayName, style: host.style, mention) + "\r\n", context)
            case .pause(let wait): return pause(wait, .later, context)
            case .guardedPause(let wait, let objection): return pause(wait, .guarded(objection), context)
            case .drip(let text): return drip(bytes(text), again: false, context)
            case .dripForever(let text): return drip(bytes(text), again: true, context)
            case .flood(let text): return flood(bytes(text), context)
            case .awaitBytes:
                listening = .anyBytes
                return context.flush()
            case .serverHello:
                let hello = RawTLS.serverHello(version: 3, cipher: RawTLS.usualCipher)
                context.write(wrapOutboundOut(ByteBuffer(bytes: hello)), promise: nil)
            case .certificates(let kind): writeCertificates(kind, context)
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

    private func bytes(_ text: String) -> ByteBuffer { ByteBuffer(string: text.replacing("%h", with: displayName)) }

    private func write(_ text: String, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(bytes(text)), promise: nil)
    }

    private func writeCertificates(_ kind: CertificateKind, _ context: ChannelHandlerContext) {
        do {
            let chain = try farm.contexts.chain(kind, for: host.subject ?? Self.nobody)
            context.write(wrapOutboundOut(ByteBuffer(bytes: RawTLS.certificate(chain))), promise: nil)
        } catch {
            farm.failed(error)
            close(context)
        }
    }

    // MARK: Slowness

    private func pause(_ wait: Wait, _ meanwhile: Listening, _ context: ChannelHandlerContext) {
        context.flush()
        listening = meanwhile
        after(farm.time(of: wait, at: address), context) { connection, context in connection.goOn(context) }
    }

    private func drip(_ bytes: ByteBuffer, again: Bool, _ context: ChannelHandlerContext) {
        listening = .later
        var rest = bytes
        guard let byte = rest.readSlice(length: 1) else { return again ? () : goOn(context) }
        context.writeAndFlush(wrapOutboundOut(byte), promise: nil)
        if rest.readableBytes == 0, again {
            rest = bytes
            rest.moveReaderIndex(to: 0)
        }
        let next = rest
        after(farm.time(of: .byte, at: address), context) { connection, context in
            connection.drip(next, again: again, context)
        }
    }

    /// A portion now and then, as long as the client takes it.
    private func flood(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        listening = .later
        if context.channel.isWritable {
            var portion = ByteBuffer()
            while portion.readableBytes < Self.floodPortion { portion.writeImmutableBuffer(bytes) }
            context.writeAndFlush(wrapOutboundOut(portion), promise: nil)
        }
        after(Self.floodInterval, context) { connection, context in connection.flood(bytes, context) }
    }

    /// Does `body` later, unless the connection has come to an end or been told off by then.
    private func after(
        _ time: TimeAmount, _ context: ChannelHandlerContext,
        _ body: @escaping @Sendable (SMTPConnection, ChannelHandlerContext) -> Void
    ) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: time) {
            let (connection, context) = bound.value
            switch connection.listening {
            case .later, .guarded: body(connection, context)
            case .commands, .anyBytes, .nothing: break
            }
        }
    }

    /// After a wait: the rest of the moves, then the commands that came meanwhile.
    private func goOn(_ context: ChannelHandlerContext) {
        listening = .commands
        resume(context)
        obey(context)
    }

    // MARK: Ends

    private func close(_ context: ChannelHandlerContext) {
        listening = .nothing
        context.flush()
        noteEnd()
        context.close(promise: nil)
    }

    private func reset(_ context: ChannelHandlerContext) {
        listening = .nothing
        context.flush()
        if let options = context.channel as? any SocketOptionProvider {
            // Done at once, since this is the channel's event loop.
            _ = options.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        }
        // From where the TLS handler stands, so that TLS does not say goodbye.
        noteEnd()
        let below = try? context.pipeline.syncOperations.context(name: Self.tlsName)
        (below ?? context).close(promise: nil)
    }

    // MARK: TLS

    /// Next to the socket, but for the latency of the way there.
    private var lowest: ChannelPipeline.SynchronousOperations.Position { latency.map { .after($0) } ?? .first }

    private func startTLS(_ context: ChannelHandlerContext) {
        context.flush()
        underTLS = true
        // What came in the clear after STARTTLS must not count (RFC 3207 §4.2).
        input.clear()
        do {
            let pipeline = context.pipeline.syncOperations
            if let subject = host.subject, script.serverName == .ignored {
                try pipeline.addHandler(
                    try tlsHandler(script.certificate, subject), name: Self.tlsName, position: lowest)
            } else {
                try pipeline.addHandler(nameReader(context), position: lowest)
            }
            switch script.session.pace {
            case .normal: break
            case .bytewise: try pipeline.addHandler(BytePacer(interval: .milliseconds(1)), position: lowest)
            case .endless:
                try pipeline.addHandler(BytePacer(interval: farm.time(of: .byte, at: address)), position: lowest)
            }
        } catch {
            farm.failed(error)
            close(context)
        }
    }

    private func tlsHandler(_ kind: CertificateKind, _ subject: CertificateSubject) throws -> any ChannelHandler {
        try farm.contexts.context(for: .init(kind: kind, subject: subject, shape: script.session)).handler()
    }

    /// Reads the name that the client asks for (SNI) and goes on as the script says; where nobody but the client knows
    /// the host's name, with a certificate made for it.
    private func nameReader(_ context: ChannelHandlerContext) -> ByteToMessageHandler<SNIHandler> {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let reader = SNIHandler { result in
            let (connection, context) = bound.value
            return context.eventLoop.makeCompletedFuture { try connection.nameRead(result, context) }
        }
        return ByteToMessageHandler(reader)
    }

    private func nameRead(_ result: SNIResult, _ context: ChannelHandlerContext) throws {
        var kind = script.certificate
        var subject = host.subject ?? Self.nobody
        switch (result, script.serverName) {
        case (.hostname(let name), _):
            let name = name.lowercased()
            if let own = host.subject {
                subject = own
            } else {
                (kind, subject) = farm.world.certificate(askedFor: name) ?? (kind, .host(name))
            }
        case (.fallback, .demanded): return run([Behaviour.alert(112), .close], context)
        case (.fallback, .otherCertificateWithout): kind = .otherName
        case (.fallback, .ignored): break
        }
        try context.pipeline.syncOperations.addHandler(
            try tlsHandler(kind, subject), name: Self.tlsName, position: .before(self))
    }
}
