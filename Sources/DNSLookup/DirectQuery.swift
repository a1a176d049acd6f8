import CMXUnbound
import CensusModel
import Glibc

/// One plain UDP question to servers, past the resolver library.
///
/// The library says only that a lookup failed. This asks why: whether any server answers, and with which RCODE. Its
/// answers are never used as results.
final class DirectQuery {
    enum Outcome: Sendable {
        /// The first response that fits, and which server sent it.
        case response(DNSMessage, ServerAddress)
        /// No server answered in time; `reason` says what the system reported, if anything.
        case silence(reason: String?)
    }

    private final class Channel {
        let server: ServerAddress
        let descriptor: Int32
        let id: UInt16
        var event: OpaquePointer?
        unowned let query: DirectQuery

        init(_ server: ServerAddress, _ descriptor: Int32, _ query: DirectQuery) {
            self.server = server
            self.descriptor = descriptor
            self.query = query
            id = UInt16.random(in: 0...UInt16.max)
        }

        deinit {
            if let event { event_free(event) }
            close(descriptor)
        }
    }

    private let question: Question
    private var channels: [Channel] = []
    private var timers: [LoopTimer] = []
    private var completion: ((Outcome) -> Void)?
    private var reason: String?

    /// Asks all of `servers` at once, twice at most, and calls `completion` exactly once, at the latest after `limit`.
    /// To be called on the loop's thread; the caller keeps the object until then.
    init(
        _ question: Question, _ servers: [ServerAddress], on base: OpaquePointer, limit: Duration,
        completion: @escaping (Outcome) -> Void
    ) {
        self.question = question
        self.completion = completion
        for server in servers {
            guard let channel = open(server, base) else { continue }
            channels.append(channel)
            send(channel)
        }
        timers = [
            LoopTimer(base, after: channels.isEmpty ? .zero : limit) { [unowned self] in
                finish(.silence(reason: reason))
            },
            LoopTimer(base, after: limit / 2) { [unowned self] in
                for channel in channels { send(channel) }
            },
        ]
    }

    private func open(_ server: ServerAddress, _ base: OpaquePointer) -> Channel? {
        let descriptor = server.connectedSocket()
        guard descriptor >= 0 else {
            reason = String(cString: strerror(errno))
            return nil
        }
        let channel = Channel(server, descriptor, self)
        let callback: event_callback_fn = { _, _, context in
            guard let context else { return }
            let channel = Unmanaged<Channel>.fromOpaque(context).takeUnretainedValue()
            channel.query.receive(channel)
        }
        channel.event = event_new(
            base, descriptor, Int16(EV_READ | EV_PERSIST), callback, Unmanaged.passUnretained(channel).toOpaque())
        guard let event = channel.event, event_add(event, nil) == 0 else {
            reason = String(cString: strerror(errno))
            return nil
        }
        return channel
    }

    private func send(_ channel: Channel) {
        var octets: [UInt8] = []
        question.appendMessage(id: channel.id, to: &octets)
        // An error of an earlier datagram shows here; the time-out covers it.
        if Glibc.send(channel.descriptor, octets, octets.count, 0) < 0 { reason = String(cString: strerror(errno)) }
    }

    private func receive(_ channel: Channel) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(channel.descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else {
            guard errno != EAGAIN, errno != EINTR else { return }
            reason = String(cString: strerror(errno))
            channels.removeAll { $0 === channel }
            if channels.isEmpty { finish(.silence(reason: reason)) }
            return
        }
        // What is no response to this question is ignored, as if it had not come (RFC 5452 §9.1).
        guard let message = try? DNSMessage(Array(buffer[..<count])), message.id == channel.id,
            message.answers(question)
        else { return }
        finish(.response(message, channel.server))
    }

    private func finish(_ outcome: Outcome) {
        let completion = completion
        self.completion = nil
        timers.forEach { $0.cancel() }
        completion?(outcome)
    }
}
