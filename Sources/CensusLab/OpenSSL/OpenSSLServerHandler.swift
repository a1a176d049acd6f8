import CMXOpenSSL
import NIOCore

/// The server's side of TLS by OpenSSL, over memory. Bound to its event loop, hence not Sendable.
final class OpenSSLServerHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let server: OpenSSLServerContext
    private let pointer: OpaquePointer
    private let inbound: OpaquePointer
    private let outbound: OpaquePointer
    /// Written before the handshake was complete.
    private var waiting: [ByteBuffer] = []

    /// Throws `LabError` when OpenSSL is out of memory.
    init(_ server: OpenSSLServerContext) throws {
        self.server = server
        guard let pointer = SSL_new(server.pointer), let inbound = BIO_new(BIO_s_mem()),
            let outbound = BIO_new(BIO_s_mem())
        else { throw LabError.openSSL("make a connection") }
        self.pointer = pointer
        self.inbound = inbound
        self.outbound = outbound
        // The connection owns both from here on.
        SSL_set_bio(pointer, inbound, outbound)
        SSL_set_accept_state(pointer)
    }

    deinit { SSL_free(pointer) }

    private var isEstablished: Bool { SSL_is_init_finished(pointer) == 1 }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        ERR_clear_error()
        unwrapInboundIn(data).withUnsafeReadableBytes {
            _ = BIO_write(inbound, $0.baseAddress, CInt($0.count))
        }
        if !isEstablished {
            let result = SSL_do_handshake(pointer)
            if result == 1 { writeWaiting() }
            let failed = result != 1 && SSL_get_error(pointer, result) != SSL_ERROR_WANT_READ
            send(context)
            if failed { return context.close(promise: nil) }
        }
        if isEstablished { readAll(context) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        waiting.append(unwrapOutboundIn(data))
        if isEstablished {
            writeWaiting()
            send(context)
        }
        promise?.succeed()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        ERR_clear_error()
        if isEstablished { SSL_shutdown(pointer) }
        send(context)
        context.close(mode: mode, promise: promise)
    }

    private func readAll(_ context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: 4096)
        while true {
            ERR_clear_error()
            var result: CInt = 0
            buffer.clear()
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 4096) { target in
                result = SSL_read(pointer, target.baseAddress, CInt(target.count))
                return max(0, Int(result))
            }
            guard result > 0 else {
                let done = SSL_get_error(pointer, result) != SSL_ERROR_WANT_READ
                send(context)
                if done { context.close(promise: nil) }
                return
            }
            context.fireChannelRead(wrapInboundOut(buffer))
        }
    }

    private func writeWaiting() {
        ERR_clear_error()
        for buffer in waiting {
            buffer.withUnsafeReadableBytes { _ = SSL_write(pointer, $0.baseAddress, CInt($0.count)) }
        }
        waiting = []
    }

    /// Hands what OpenSSL has written to the channel.
    private func send(_ context: ChannelHandlerContext) {
        let count = BIO_ctrl_pending(outbound)
        guard count > 0 else { return }
        var buffer = context.channel.allocator.buffer(capacity: count)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
            max(0, Int(BIO_read(outbound, target.baseAddress, CInt(count))))
        }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }
}
