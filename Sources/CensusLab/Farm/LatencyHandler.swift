import NIOCore

/// Lets what is written go out a while later, as over a long way: next to the socket, so that replies, the messages of a
/// handshake and the end of the connection all take their time. Bound to its event loop, hence not Sendable.
final class LatencyHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Item {
        case bytes(ByteBuffer)
        case close(CloseMode, EventLoopPromise<Void>?)
    }

    private let latency: TimeAmount
    /// Written, not flushed.
    private var written = ByteBuffer()
    private var queue = CircularBuffer<(due: NIODeadline, item: Item)>()
    private var isWaiting = false

    init(_ latency: TimeAmount) { self.latency = latency }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var bytes = unwrapOutboundIn(data)
        written.writeBuffer(&bytes)
        promise?.succeed()
    }

    func flush(context: ChannelHandlerContext) {
        guard written.readableBytes > 0 else { return }
        queue.append((.now() + latency, .bytes(written)))
        written = ByteBuffer()
        wait(context)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        flush(context: context)
        queue.append((.now() + latency, .close(mode, promise)))
        wait(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        // The client was faster.
        for case (_, .close(_, let promise?)) in queue { promise.fail(ChannelError.alreadyClosed) }
        queue.removeAll()
        context.fireChannelInactive()
    }

    private func wait(_ context: ChannelHandlerContext) {
        guard !isWaiting, let due = queue.first?.due else { return }
        isWaiting = true
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(deadline: due) {
            bound.value.0.isWaiting = false
            bound.value.0.release(bound.value.1)
        }
    }

    private func release(_ context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        while let first = queue.first, first.due <= now {
            queue.removeFirst()
            switch first.item {
            case .bytes(let bytes): context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
            case .close(let mode, let promise): context.close(mode: mode, promise: promise)
            }
        }
        wait(context)
    }
}
