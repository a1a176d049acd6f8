import CMXUnbound
import CensusModel

/// Asks the configured servers by UDP, many questions in one system call: a stub resolver (RFC 1034 §5.3.1).
///
/// It is the short way for answers that nobody validates. What a server answers in full is the result; everything else is
/// left to the resolver library, as if it had not been asked here: error codes, truncated answers, aliases that do not end in
/// the message, empty answers without SOA, silence. Questions have random ids, and a port serves few of them and not for long
/// (RFC 5452 §9.2). To be used on the loop's thread only.
final class StubResolver {
    typealias Answer = CheckedContinuation<LookupResult?, Never>

    private struct Expiry {
        let at: ContinuousClock.Instant
        let channel: DatagramChannel
        let id: UInt16
        let serial: Int
    }

    private struct Server {
        let address: ServerAddress
        var lastAnswer: ContinuousClock.Instant?
    }

    private let base: OpaquePointer
    private let limit: Duration
    private let buffer = DatagramBuffer()
    private let clock = ContinuousClock()
    private var servers: [Server]
    /// The index of the server that is asked.
    private var preferred = 0
    private var channel: DatagramChannel?
    /// In the order in which they are due, answered ones too.
    private var expiries = Line<Expiry>()
    private var timer: LoopTimer?
    private var ids = RandomIDs()
    private var serial = 0
    private var closed = false

    /// How many questions wait for an answer.
    private(set) var asked = 0

    /// Asks nothing yet. `limit` is how long a server may take.
    init(_ servers: [ServerAddress], on base: OpaquePointer, limit: Duration) {
        self.servers = servers.map { Server(address: $0) }
        self.base = base
        self.limit = limit
    }

    /// Whether such a question is for servers: the library answers some names itself (RFC 6761, RFC 7686).
    static func answers(_ question: Question) -> Bool {
        !localDomains.contains { question.name.hasSuffix($0) }
    }

    private static let localDomains = ["localhost", "onion", "arpa"].map { [UInt8($0.utf8.count)] + $0.utf8 + [0] }

    /// Resumes `answer` exactly once: nil leaves the question to the library.
    func ask(_ question: Question, _ answer: Answer) {
        let now = clock.now
        guard !closed else { return answer.resume(returning: nil) }
        guard let channel = openChannel(at: now), let id = channel.freeID(&ids) else {
            leave(preferred, since: now)
            return answer.resume(returning: nil)
        }
        asked += 1
        serial += 1
        expiries.append(Expiry(at: now + limit, channel: channel, id: id, serial: serial))
        if timer == nil { startTimer(limit) }
        channel.ask(question, id: id, serial: serial, since: now, answer)
    }

    /// Ends all questions at once, with nil. Safe to repeat.
    func close() {
        closed = true
        timer?.cancel()
        while let expiry = expiries.popFirst() { expiry.channel.giveUp(expiry.id, serial: expiry.serial) }
        channel = nil
    }

    // MARK: Channels

    private func openChannel(at now: ContinuousClock.Instant) -> DatagramChannel? {
        if let channel, channel.isFresh(at: now), channel.server == preferred { return channel }
        channel = DatagramChannel(
            to: servers[preferred].address, server: preferred, on: base, buffer, at: now
        ) { [unowned self] channel, question, ending in ended(channel, question, ending) }
        return channel
    }

    private func ended(_ channel: DatagramChannel, _ question: DatagramChannel.Asked, _ ending: DatagramChannel.Ending)
    {
        asked -= 1
        switch ending {
        case .response(let message):
            // FORMERR, NOTIMP, REFUSED (RFC 1035 §4.1.1): no answer to this client, whatever it asks.
            if [1, 4, 5].contains(message.rcode) {
                leave(channel.server, since: question.since)
            } else {
                servers[channel.server].lastAnswer = clock.now
            }
            question.answer.resume(returning: LookupResult(complete: message, question.question))
        case .silence:
            leave(channel.server, since: question.since)
            question.answer.resume(returning: nil)
        case .unreachable:
            leave(channel.server, since: clock.now)
            question.answer.resume(returning: nil)
        case .unsent: question.answer.resume(returning: nil)
        }
    }

    /// Turns to the next server, unless this one has answered somebody since then.
    private func leave(_ server: Int, since: ContinuousClock.Instant) {
        guard server == preferred, servers[server].lastAnswer.map({ $0 < since }) ?? true else { return }
        preferred = (preferred + 1) % servers.count
    }

    // MARK: Time

    private func startTimer(_ delay: Duration) {
        timer = LoopTimer(base, after: delay) { [unowned self] in expire() }
    }

    private func expire() {
        let now = clock.now
        while let first = expiries.first, first.at <= now {
            _ = expiries.popFirst()
            first.channel.giveUp(first.id, serial: first.serial)
        }
        timer = nil
        // Not for each one of thousands: a few hundredths of a second make no difference.
        if let next = expiries.first, !closed { startTimer(max(next.at - now, .milliseconds(50))) }
    }
}

/// Random message ids, four for each call of the system's generator.
struct RandomIDs {
    private var bits: UInt64 = 0
    private var left = 0

    mutating func next() -> UInt16 {
        if left == 0 {
            bits = .random(in: 0 ... .max)
            left = 4
        }
        defer {
            bits >>= 16
            left -= 1
        }
        return UInt16(truncatingIfNeeded: bits)
    }
}
