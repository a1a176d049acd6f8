import CMXDatagrams
import CMXUnbound
import CensusModel
import Glibc

/// A UDP socket to one server with the questions that were asked from its port. To be used on the loop's thread only.
///
/// It stays alive as long as somebody holds it: who asks, or a question that is not due yet.
final class DatagramChannel {
    struct Asked {
        let question: Question
        let serial: Int
        let since: ContinuousClock.Instant
        let answer: StubResolver.Answer
    }

    enum Ending {
        /// A response to the question, whatever it says.
        case response(DNSMessage)
        /// None came.
        case silence
        /// There is no way to the server, or nobody there.
        case unreachable
        /// The system could not send it now.
        case unsent
    }

    /// A port serves no more questions, and none later than `longest` after its first.
    private static let mostQuestions = 256
    private static let longest = Duration.seconds(1)

    /// The server's index, for who asks.
    let server: Int
    /// Called once for each question.
    private let onEnd: (DatagramChannel, Asked, Ending) -> Void
    private let buffer: DatagramBuffer
    private let descriptor: Int32
    private let opened: ContinuousClock.Instant
    private var questions = 0
    private var asked: [UInt16: Asked] = [:]
    private var outgoing: [UInt8] = []
    private var lengths: [UInt16] = []
    private var outgoingIDs: [UInt16] = []
    private var readEvent: OpaquePointer?
    private var sendEvent: OpaquePointer?

    /// Nil when the system has no descriptor to give, or no way to the server.
    init?(
        to address: ServerAddress, server: Int, on base: OpaquePointer, _ buffer: DatagramBuffer,
        at now: ContinuousClock.Instant, onEnd: @escaping (DatagramChannel, Asked, Ending) -> Void
    ) {
        self.server = server
        self.buffer = buffer
        self.onEnd = onEnd
        opened = now
        descriptor = address.connectedSocket()
        guard descriptor >= 0 else { return nil }
        // Answers to hundreds of questions may come at once; the system's limit applies.
        var buffer: Int32 = 1 << 20
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &buffer, socklen_t(MemoryLayout<Int32>.size))
        let context = Unmanaged.passUnretained(self).toOpaque()
        readEvent = event_new(base, descriptor, Int16(EV_READ | EV_PERSIST), onReadable, context)
        sendEvent = event_new(base, -1, 0, onSendDue, context)
        guard sendEvent != nil, let readEvent, event_add(readEvent, nil) == 0 else { return nil }
    }

    deinit {
        if let readEvent { event_free(readEvent) }
        if let sendEvent { event_free(sendEvent) }
        if descriptor >= 0 { close(descriptor) }
    }

    /// Whether further questions may be asked from this port.
    func isFresh(at now: ContinuousClock.Instant) -> Bool {
        questions < Self.mostQuestions && now - opened < Self.longest
    }

    /// An id that no question of this port has.
    func freeID(_ ids: inout RandomIDs) -> UInt16? {
        for _ in 0..<16 {
            let id = ids.next()
            if asked[id] == nil { return id }
        }
        return nil
    }

    /// Sends a question with those that are asked in the same turn of the loop.
    func ask(
        _ question: Question, id: UInt16, serial: Int, since: ContinuousClock.Instant, _ answer: StubResolver.Answer
    ) {
        questions += 1
        asked[id] = Asked(question: question, serial: serial, since: since, answer: answer)
        let before = outgoing.count
        question.appendMessage(id: id, to: &outgoing)
        lengths.append(UInt16(outgoing.count - before))
        outgoingIDs.append(id)
        if lengths.count == CMX_DATAGRAMS_MOST {
            send()
        } else if lengths.count == 1, let sendEvent {
            event_active(sendEvent, Int32(EV_TIMEOUT), 0)
        }
    }

    /// Ends the question if it still waits.
    func giveUp(_ id: UInt16, serial: Int) {
        if asked[id]?.serial == serial { end(id, .silence) }
    }

    private func end(_ id: UInt16, _ ending: Ending) {
        guard let question = asked.removeValue(forKey: id) else { return }
        onEnd(self, question, ending)
    }

    /// Why the last call to the system failed.
    private static var lastFailure: Ending {
        [ECONNREFUSED, ENETUNREACH, EHOSTUNREACH].contains(errno) ? .unreachable : .unsent
    }

    fileprivate func send() {
        var unsent = outgoingIDs[...]
        var octets = outgoing[...]
        // An error that an earlier datagram met is reported once; the second time it is this one's.
        var failures = 0
        var failure = Ending.unsent
        while !unsent.isEmpty, failures < 2 {
            let lengths = self.lengths.suffix(unsent.count)
            let sent = octets.withUnsafeBufferPointer { octets in
                lengths.withUnsafeBufferPointer {
                    Int(cmx_datagrams_send(descriptor, octets.baseAddress, $0.baseAddress, Int32($0.count)))
                }
            }
            guard sent > 0 else {
                failures += 1
                failure = Self.lastFailure
                continue
            }
            unsent = unsent.dropFirst(sent)
            octets = octets.dropFirst(lengths.prefix(sent).reduce(0) { $0 + Int($1) })
        }
        let lost = Array(unsent)
        outgoing.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        outgoingIDs.removeAll(keepingCapacity: true)
        for id in lost { end(id, failure) }
    }

    fileprivate func receive() {
        guard let datagrams = buffer.receive(from: descriptor) else {
            // An error is that of an earlier datagram.
            if case .unreachable = Self.lastFailure { for id in Array(asked.keys) { end(id, .unreachable) } }
            return
        }
        for octets in datagrams {
            // What is no response to a question of this port is ignored, as if it had not come (RFC 5452 §9.1); and not even read,
            // since whoever can send here can send much.
            guard octets.count >= 12, let asked = asked[UInt16(octets[0]) << 8 | UInt16(octets[1])]?.question,
                let message = try? DNSMessage(octets), message.answers(asked)
            else { continue }
            end(message.id, .response(message))
        }
    }
}

/// Where datagrams are received, one batch after the other, for all channels of a resolver.
final class DatagramBuffer {
    /// More than is asked for (RFC 6891). A longer datagram is cut.
    private static let size = 4096

    private let octets = UnsafeMutablePointer<UInt8>.allocate(capacity: size * Int(CMX_DATAGRAMS_MOST))
    private let lengths = UnsafeMutablePointer<UInt32>.allocate(capacity: Int(CMX_DATAGRAMS_MOST))

    deinit {
        octets.deallocate()
        lengths.deallocate()
    }

    /// What has come, at most `CMX_DATAGRAMS_MOST` datagrams; nil with `errno` set when there is an error to report.
    func receive(from descriptor: Int32) -> [[UInt8]]? {
        let count = Int(cmx_datagrams_receive(descriptor, octets, Self.size, lengths))
        guard count >= 0 else { return nil }
        return (0..<count).map { index in
            Array(UnsafeBufferPointer(start: octets + index * Self.size, count: Int(lengths[index])))
        }
    }
}

private let onReadable: event_callback_fn = { _, _, context in
    guard let context else { return }
    let channel = Unmanaged<DatagramChannel>.fromOpaque(context).takeUnretainedValue()
    withExtendedLifetime(channel) { channel.receive() }
}

private let onSendDue: event_callback_fn = { _, _, context in
    guard let context else { return }
    let channel = Unmanaged<DatagramChannel>.fromOpaque(context).takeUnretainedValue()
    withExtendedLifetime(channel) { channel.send() }
}
