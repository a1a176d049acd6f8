import CensusModel
import NIOCore
import NIOPosix
import SMTPProtocol
import TLSProbe

import struct Foundation.Date

/// One probe on its channel: hands events to the machine and carries its actions out. Used on its event loop only.
final class ProbeHandler: ChannelInboundHandler, ChannelOutboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Bytes read at most in a whole probe: four replies and a chain of the largest size fit.
    static let byteLimit = 384 * 1024

    let id: ObjectIdentifier
    private let probes: LoopProbes
    private let ticket: Ticket
    private let dialling: ProbeDial
    private let began = NIODeadline.now()
    private var deliver: ((ProbeObservation) -> Void)?
    private var machine: ProbeMachine
    private var context: ChannelHandlerContext?
    private var security = Security.none
    private var bytesRead = 0
    /// The deadline under which this probe is filed, in milliseconds since it began.
    private var watched = Int.max
    /// Set by the first error; the channel closes behind it.
    private var loss: ConnectionLoss?

    /// How far the connection is on its way to TLS.
    private enum Security {
        case none
        /// The host said go; the first flight leaves when all that was read together is handed over.
        case agreed
        case handshaking(TLSSession)
        case established(TLSSession)
    }

    init(
        target: ProbeTarget, ticket: Ticket, dial: ProbeDial, probes: LoopProbes,
        deliver: @escaping (ProbeObservation) -> Void
    ) {
        dialling = dial
        self.ticket = ticket
        self.probes = probes
        self.deliver = deliver
        id = ObjectIdentifier(ticket)
        let settings = probes.settings
        machine = ProbeMachine(
            target: target, ehloName: settings.ehloName, timeouts: settings.timeouts,
            recordTranscript: settings.recordTranscript, startedAt: Date())
    }

    /// Milliseconds since the probe began.
    private var now: Int { Int((NIODeadline.now() - began).nanoseconds / 1_000_000) }

    func begin() { carryOut(machine.start(at: now)) }

    func cancel() { carryOut(machine.cancelled(at: now)) }

    /// Called at least once after each deadline, and sometimes before.
    func deadlineMayHavePassed() {
        guard let deadline = machine.deadline else { return }
        watched = .max
        if deadline <= now {
            carryOut(machine.deadlineReached(at: now))
        } else {
            watchDeadline()
        }
    }

    /// A deadline that moves away is left where it is filed: when that time comes the probe is asked again.
    private func watchDeadline() {
        guard let deadline = machine.deadline, deadline < watched else { return }
        watched = deadline
        probes.watch(self, until: began + .milliseconds(Int64(deadline)))
    }

    private func carryOut(_ action: ProbeMachine.Action) {
        switch action {
        case .wait:
            break
        case .connect:
            dial()
        case .send(let command):
            send(command)
        case .startTLS:
            security = .agreed
        case .sendAndFinish(let command):
            send(command)
            finish()
        case .finish:
            finish()
        }
        watchDeadline()
    }
}

// MARK: - The connection

extension ProbeHandler {
    private func dial() {
        let address: SocketAddress
        let target = machine.target
        do {
            address = try SocketAddress(
                packedIPAddress: ByteBuffer(bytes: target.address.bytes), port: Int(target.port))
        } catch {
            return carryOut(machine.connectionLost(ConnectionLoss(error), at: now))
        }
        let bound = NIOLoopBound(self, eventLoop: probes.eventLoop)
        ClientBootstrap(group: probes.eventLoop)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4096))
            // The machine's own deadline comes first; this only keeps the default of 10 s away.
            .connectTimeout(.milliseconds(Int64(probes.settings.timeouts.connect) + 60_000))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(bound.value) }
            }
            .connect(to: address)
            .assumeIsolated()
            .whenFailure { self.carryOut(self.machine.connectionLost(ConnectionLoss($0), at: self.now)) }
    }

    func connect(context: ChannelHandlerContext, to address: SocketAddress, promise: EventLoopPromise<Void>?) {
        guard dialling.isPermitted() else {
            cancel()
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.connect(to: address, promise: promise)
        dialling.didDial()
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        // Cancelled or out of time before there was a channel.
        if machine.isFinished { context.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) { carryOut(machine.connected(at: now)) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        bytesRead += bytes.readableBytes
        if bytesRead > Self.byteLimit { return carryOut(machine.byteLimitReached(at: now)) }
        switch security {
        case .none, .agreed:
            carryOut(machine.received(bytes.readableBytesUInt8Span, at: now))
        case .handshaking(let session), .established(let session):
            session.feed(bytes)
            advance(session)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if case .agreed = security { beginHandshake() }
        context.flush()
    }

    func channelInactive(context: ChannelHandlerContext) {
        carryOut(machine.connectionLost(loss ?? .closed, at: now))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        noteLoss(error)
        context.close(promise: nil)
    }

    private func noteLoss(_ error: any Error) { loss = loss ?? ConnectionLoss(error) }

    private func write(_ bytes: ByteBuffer) {
        guard let context else { return }
        // A failed write closes the channel and says why nowhere else.
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenFailure { self.noteLoss($0) }
        context.write(wrapOutboundOut(bytes), promise: written)
    }

    private func send(_ command: SMTPCommand) {
        let line = command.line + "\r\n"
        switch security {
        case .none, .agreed:
            write(ByteBuffer(string: line))
        case .handshaking(let session), .established(let session):
            guard session.write(line) else {
                return carryOut(machine.tlsFailed(.malformed, chain: session.chain, at: now))
            }
            flush(session)
        }
        // Within a read this only marks what `channelReadComplete` will send.
        context?.flush()
    }

    /// Closes what is open and hands the observation over: exactly once.
    private func finish() {
        guard let deliver else { return }
        self.deliver = nil
        probes.remove(self)
        if case .established(let session) = security {
            session.close()
            flush(session)
            context?.flush()
        }
        context?.close(promise: nil)
        security = .none
        deliver(machine.observation)
    }
}

// MARK: - TLS

extension ProbeHandler {
    private func beginHandshake() {
        do {
            let session = try TLSSession(context: probes.tls, host: machine.target.host)
            security = .handshaking(session)
            machine.handshakeStarted(at: now)
            watchDeadline()
            advance(session)
        } catch {
            carryOut(machine.connectionLost(.local(error.description), at: now))
        }
    }

    private func advance(_ session: TLSSession) {
        if case .handshaking = security {
            let progress = session.handshake()
            machine.handshakeReached(session.step)
            switch progress {
            case .needsInput:
                flush(session)
                return
            case .failed(let failure):
                // OpenSSL's alert tells the host what it did wrong.
                flush(session)
                context?.flush()
                return carryOut(machine.tlsFailed(failure, chain: session.chain, at: now))
            case .established:
                establish(session)
            }
        }
        readAll(session)
    }

    private func establish(_ session: TLSSession) {
        guard let parameters = session.parameters else {
            return carryOut(machine.tlsFailed(.other("no parameters"), chain: session.chain, at: now))
        }
        security = .established(session)
        carryOut(machine.tlsEstablished(parameters, chain: session.chain, at: now))
    }

    private func readAll(_ session: TLSSession) {
        while !machine.isFinished {
            switch session.read() {
            case .data(let bytes): carryOut(machine.received(bytes.readableBytesUInt8Span, at: now))
            case .needsInput: return
            case .closed: return carryOut(machine.connectionLost(.closed, at: now))
            case .failed(let failure): return carryOut(machine.tlsFailed(failure, chain: session.chain, at: now))
            }
        }
    }

    /// Hands the session's output to the channel.
    private func flush(_ session: TLSSession) {
        if let bytes = session.takeOutput() { write(bytes) }
    }
}
