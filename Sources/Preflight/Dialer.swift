import CensusModel
import NIOCore
import NIOPosix

/// What came of one connection.
public enum DialResult: Hashable, Sendable {
    /// The first line of the greeting, escaped; nil when the server kept silent or closed.
    case connected(greeting: String?)
    case refused
    case timedOut
    /// Anything else, in words.
    case failed(String)
}

/// Dials one address as politely as can be: waits for the greeting (RFC 5321 §4.3.1: a client that talks first may be
/// punished), says QUIT, closes. Everything within one deadline.
public struct Dialer: Sendable {
    private let group: any EventLoopGroup
    private let deadline: TimeAmount

    /// A dialer whose every dial ends within `deadline`.
    public init(group: any EventLoopGroup, deadline: TimeAmount) {
        self.group = group
        self.deadline = deadline
    }

    /// Connects to `address`. Never throws: what goes wrong is in the result.
    public func dial(_ address: IPAddress, port: UInt16) async -> DialResult {
        let loop = group.next()
        let until = NIODeadline.now() + deadline
        do {
            let remote = try SocketAddress(ipAddress: address.description, port: Int(port))
            let (channel, greeting) = try await ClientBootstrap(group: loop)
                .connectTimeout(deadline)
                .connect(to: remote) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let greeting = channel.eventLoop.makePromise(of: String?.self)
                        try channel.pipeline.syncOperations.addHandler(GreetingReader(greeting, until: until))
                        return (channel, greeting.futureResult)
                    }
                }
            let line = try await greeting.get()
            // A peer that has gone away needs no goodbye, and nothing can be done about a close that fails.
            try? await channel.writeAndFlush(ByteBuffer(string: "QUIT\r\n"))
            try? await channel.close()
            return .connected(greeting: line)
        } catch let error as IOError where error.errnoCode == ECONNREFUSED {
            return .refused
        } catch let error as IOError where error.errnoCode == ETIMEDOUT {
            return .timedOut
        } catch let error as NIOConnectionError {
            return Self.result(of: error)
        } catch ChannelError.connectTimeout {
            return .timedOut
        } catch let error as IOError {
            return .failed(Self.words(error))
        } catch {
            return .failed("\(error)")
        }
    }

    private static func result(of error: NIOConnectionError) -> DialResult {
        guard let first = error.connectionErrors.first?.error else { return .failed("no connection") }
        if case ChannelError.connectTimeout = first { return .timedOut }
        guard let error = first as? IOError else { return .failed("\(first)") }
        return error.errnoCode == ECONNREFUSED ? .refused : .failed(words(error))
    }

    private static func words(_ error: IOError) -> String {
        switch error.errnoCode {
        case ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL: "no route"
        case EACCES, EPERM: "forbidden by this machine"
        case ECONNRESET: "reset"
        case EMFILE, ENFILE: "no file descriptor left"
        default: "\(error)"
        }
    }
}

/// Reads until the first line end, the deadline or the end of the connection, whichever is first. Bound to one event loop.
private final class GreetingReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private static let limit = 512
    private let until: NIODeadline
    private var greeting: EventLoopPromise<String?>?
    private var read: [UInt8] = []
    private var timer: Scheduled<Void>?

    init(_ greeting: EventLoopPromise<String?>, until: NIODeadline) {
        self.greeting = greeting
        self.until = until
    }

    func channelActive(context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: until) { self.finish() }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        read += unwrapInboundIn(data).readableBytesView.prefix(Self.limit - read.count)
        if read.contains(UInt8(ascii: "\n")) || read.count == Self.limit { finish() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish()
        context.close(promise: nil)
    }

    /// Also when the connection never stood.
    func handlerRemoved(context: ChannelHandlerContext) { finish() }

    private func finish() {
        timer?.cancel()
        timer = nil
        let line = read.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        greeting?.succeed(line.isEmpty ? nil : EscapedText.escape(line))
        greeting = nil
    }
}
