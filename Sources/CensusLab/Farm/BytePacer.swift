import NIOCore

/// Lets what is written go out one byte after the other. Bound to its event loop, hence not Sendable.
final class BytePacer: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let interval: TimeAmount
    private var queue = ByteBuffer()
    private var isRunning = false
    private var isClosed = false

    init(interval: TimeAmount) { self.interval = interval }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var bytes = unwrapOutboundIn(data)
        queue.writeBuffer(&bytes)
        promise?.succeed()
        if !isRunning { next(context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosed = true
        context.fireChannelInactive()
    }

    private func next(_ context: ChannelHandlerContext) {
        guard !isClosed, let byte = queue.readSlice(length: 1) else { return isRunning = false }
        if queue.readableBytes == 0 { queue.clear() }
        isRunning = true
        context.writeAndFlush(wrapOutboundOut(byte), promise: nil)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: interval) { bound.value.0.next(bound.value.1) }
    }
}
