import CMXUnbound
import CensusModel
import Glibc

/// Runs lookups on the resolver's thread: queue, attempts, deadlines, coalescing, cache.
///
///     question ─▶ cache ─▶ already under way? ─▶ queue ─▶ nothing to validate: stub ─▶ answer
///                                                           │ otherwise, or not answered in full
///                                                           ▼
///                                                         libunbound ─▶ answer
///                                                           │ failed  ▲
///                                                           ▼         └───────┐
///                                                   ask a server why ─▶ back off, or give up with the reason
actor LookupEngine {
    /// Whether answers are validated.
    enum Validation: Sendable, Hashable {
        case on
        case off(reason: String)
        /// Not yet known: the anchor was not asked for, or no server answered.
        case undecided
    }

    private struct PendingQuery {
        /// Nil once the deadline has passed: then only the library's callback is waited for.
        var continuation: CheckedContinuation<LibraryReply, Never>?
        let timer: LoopTimer
        /// Owned by the library until its callback.
        let ticket: Unmanaged<Ticket>
    }

    nonisolated let servers: [ServerAddress]
    private let configuration: ResolverConfiguration
    private let loop: EventLoop
    private let plain: UnboundContext
    private let validating: UnboundContext?
    private let stub: StubResolver
    private let anchor: TrustAnchor?
    private let clock = ContinuousClock()

    private(set) var validation: Validation
    private var anchorWaiters: [CheckedContinuation<Void, Never>]?
    private var anchorRetry: ContinuousClock.Instant?

    private var cache: AnswerCache
    private var underWay: [Question: [CheckedContinuation<LookupResult, Never>]] = [:]
    private var queue = Line<CheckedContinuation<Void, Never>>()
    private var places: Int
    private var pending: [Int: PendingQuery] = [:]
    private var pauses: [Int: (CheckedContinuation<Void, Never>, LoopTimer)] = [:]
    private var direct: [Int: (CheckedContinuation<DirectQuery.Outcome, Never>, DirectQuery)] = [:]
    private var nextID = 0
    private var closed = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// Resolves the servers' names (this blocks) and starts the thread. Throws what is wrong with the configuration.
    init(_ configuration: ResolverConfiguration) throws(ResolverError) {
        self.configuration = configuration
        servers = try ServerAddress.resolve(configuration.servers)
        var anchor: TrustAnchor?
        validation = .off(reason: "not asked for")
        if configuration.validateDNSSEC {
            if let file = configuration.trustAnchorFile {
                anchor = try TrustAnchor(file: file)
            } else if access(TrustAnchor.systemFile, R_OK) == 0 {
                anchor = try TrustAnchor(file: TrustAnchor.systemFile)
            }
            validation =
                anchor == nil
                ? .off(reason: "\(TrustAnchor.systemFile) is not installed (package dns-root-data)") : .undecided
        }
        self.anchor = anchor
        loop = try EventLoop(name: "mxcensus-dns")
        var options = UnboundContext.Options(
            servers: servers, trustAnchorFile: nil, sockets: Self.sockets(for: configuration.maxInFlight),
            maxInFlight: configuration.maxInFlight)
        plain = try UnboundContext(loop.base, options)
        options.trustAnchorFile = anchor?.file
        do {
            validating = anchor == nil ? nil : try UnboundContext(loop.base, options)
        } catch {
            plain.close()
            throw error
        }
        stub = StubResolver(servers, on: loop.base, limit: min(.seconds(2), configuration.timeout / 4))
        places = configuration.maxInFlight
        cache = AnswerCache(capacity: configuration.cacheSize)
    }

    /// Leaves at least three quarters of the process's descriptors to others.
    private static func sockets(for queries: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 64 }
        return max(16, min(queries, Int(min(limit.rlim_cur, 1 << 20)) / 4))
    }

    // MARK: Lookups

    /// Answers `question` from the cache, together with an equal lookup under way, or by asking.
    func lookup(_ question: Question, remember: Bool) async -> LookupResult {
        if let known = cache.result(question, at: clock.now) { return known }
        if underWay[question] != nil {
            return await withCheckedContinuation { underWay[question]?.append($0) }
        }
        underWay[question] = []
        let result = await ask(question)
        if remember, !closed { cache.remember(result, for: question, at: clock.now) }
        for waiter in underWay.removeValue(forKey: question) ?? [] { waiter.resume(returning: result) }
        return result
    }

    private func ask(_ question: Question) async -> LookupResult {
        await takePlace()
        defer { givePlaceBack() }
        let context = await currentContext()
        let deadline = clock.now + configuration.timeout
        if context === plain, StubResolver.answers(question), let result = await stubAnswer(question) { return result }
        var delay = configuration.retryDelay
        // What is known so far. Silence says nothing new.
        var failure = DNSFailure.timeout
        for attempt in 1...configuration.attempts where !closed {
            switch await query(question, context, until: deadline) {
            case .packet(let octets, let dnssec): return LookupResult(octets, question, dnssec: dnssec)
            case .silent: return .failure(failure)
            case .failed: failure = await diagnose(question, until: deadline) ?? failure
            }
            guard failure != .loop, attempt < configuration.attempts, clock.now + delay < deadline else { break }
            await pause(delay)
            delay *= 2
        }
        return .failure(failure)
    }

    /// Asks the servers themselves why the library found nothing; nil when they do not say in time.
    private func diagnose(_ question: Question, until deadline: ContinuousClock.Instant) async -> DNSFailure? {
        var current = question
        var seen: Set<WireName> = []
        while seen.insert(current.name).inserted, seen.count <= ChainEnd.maxLength {
            let limit = min(.seconds(2), deadline - clock.now)
            guard limit > .zero, case .response(let message, _) = await askServers(current, servers, limit: limit)
            else { return nil }
            guard message.rcode == 0 else { return .servfail }
            switch ChainEnd(message, current) {
            case .loop: return .loop
            case .records: return .servfail
            case .none(let name, _):
                // No alias to follow: a name without such records, which the library refused for reasons of its own.
                guard name != current.name else { return .servfail }
                current = Question(name: name, type: question.type)
            }
        }
        return .loop
    }

    /// What the servers answer at once and in full; nil leaves the question to the library.
    private func stubAnswer(_ question: Question) async -> LookupResult? {
        guard !closed else { return nil }
        return await withCheckedContinuation { stub.ask(question, $0) }
    }

    // MARK: The library

    private func query(_ question: Question, _ context: UnboundContext, until deadline: ContinuousClock.Instant) async
        -> LibraryReply
    {
        let remaining = deadline - clock.now
        guard !closed, remaining > .zero else { return .silent }
        let id = newID()
        return await withCheckedContinuation { continuation in
            let timer = LoopTimer(loop.base, after: remaining) { [unowned self] in abandon(id) }
            let ticket = Unmanaged.passRetained(Ticket(engine: self, id: id))
            pending[id] = PendingQuery(continuation: continuation, timer: timer, ticket: ticket)
            let status = context.start(question, onReply, ticket.toOpaque())
            if status != 0 {
                ticket.release()
                finished(id, .failed)
            }
        }
    }

    /// The deadline passed: the caller goes on, the place stays taken until the library has finished too.
    private func abandon(_ id: Int) {
        guard let continuation = pending[id]?.continuation else { return }
        pending[id]?.continuation = nil
        places -= 1
        continuation.resume(returning: .silent)
    }

    fileprivate func finished(_ id: Int, _ reply: LibraryReply) {
        guard let query = pending.removeValue(forKey: id) else { return }
        query.timer.cancel()
        if let continuation = query.continuation {
            continuation.resume(returning: reply)
        } else {
            givePlaceBack()
        }
    }

    /// The context that fits what is known about validation; finds that out first.
    private func currentContext() async -> UnboundContext {
        guard let validating, let anchor else { return plain }
        if validation == .undecided, anchorRetry.map({ $0 <= clock.now }) ?? true {
            await checkAnchor(validating, anchor)
        }
        return validation == .on ? validating : plain
    }

    /// Asks for the anchor's keys. Servers that answer, but not so that the anchor can validate it, have no DNSSEC to
    /// offer: validation goes off, for otherwise every name would be bogus. Silence and SERVFAIL decide nothing: answers
    /// are insecure until the next try, half a minute later.
    private func checkAnchor(_ validating: UnboundContext, _ anchor: TrustAnchor) async {
        if anchorWaiters != nil {
            await withCheckedContinuation { anchorWaiters?.append($0) }
            return
        }
        anchorWaiters = []
        let question = Question(name: anchor.owner, type: .dnskey)
        let deadline = clock.now + min(configuration.timeout, .seconds(8))
        let reply = await query(question, validating, until: deadline)
        if case .packet(_, .secure) = reply {
            validation = .on
        } else if case .response(let message, _) = await askServers(question, servers, limit: .seconds(2)),
            message.rcode != 2
        {
            validation = .off(
                reason: "the DNS servers deliver no DNSSEC records that fit the trust anchor \(anchor.file)")
        } else {
            anchorRetry = clock.now + .seconds(30)
        }
        let waiters = anchorWaiters ?? []
        anchorWaiters = nil
        for waiter in waiters { waiter.resume() }
    }

    /// Decides about validation if that is still open, and says what was decided.
    func decidedValidation() async -> Validation {
        _ = await currentContext()
        return validation
    }

    // MARK: Servers asked directly

    func askServers(_ question: Question, _ servers: [ServerAddress], limit: Duration) async -> DirectQuery.Outcome {
        guard !closed else { return .silence(reason: nil) }
        let id = newID()
        return await withCheckedContinuation { continuation in
            let query = DirectQuery(question, servers, on: loop.base, limit: limit) { [unowned self] outcome in
                directFinished(id, outcome)
            }
            direct[id] = (continuation, query)
        }
    }

    private func directFinished(_ id: Int, _ outcome: DirectQuery.Outcome) {
        direct.removeValue(forKey: id)?.0.resume(returning: outcome)
    }

    // MARK: Places and pauses

    /// One place for each lookup, and for each query that outlives its lookup.
    private func takePlace() async {
        if places > 0 || closed {
            places -= 1
        } else {
            await withCheckedContinuation { queue.append($0) }
        }
    }

    private func givePlaceBack() {
        places += 1
        if places > 0, let next = queue.popFirst() {
            places -= 1
            next.resume()
        }
    }

    private func pause(_ delay: Duration) async {
        guard !closed else { return }
        let id = newID()
        await withCheckedContinuation { continuation in
            let timer = LoopTimer(loop.base, after: delay) { [unowned self] in
                pauses.removeValue(forKey: id)?.0.resume()
            }
            pauses[id] = (continuation, timer)
        }
    }

    private func newID() -> Int {
        nextID += 1
        return nextID
    }

    /// How many queries are under way, how many lookups wait for a place, and how many for an equal lookup.
    struct Load {
        var asked: Int
        var queued: Int
        var joined: Int
    }

    var load: Load {
        Load(
            asked: stub.asked + pending.count, queued: queue.count, joined: underWay.values.reduce(0) { $0 + $1.count })
    }

    // MARK: The end

    /// Ends all lookups at once (they return `.failure(.timeout)`) and frees the library's memory. Safe to repeat.
    func close() {
        guard !closed else { return }
        closed = true
        stub.close()
        plain.close()
        validating?.close()
        for (_, query) in pending {
            query.continuation?.resume(returning: .silent)
            query.ticket.release()
        }
        for (_, pause) in pauses { pause.0.resume() }
        for (_, query) in direct { query.0.resume(returning: .silence(reason: nil)) }
        while let waiter = queue.popFirst() { waiter.resume() }
        pending = [:]
        pauses = [:]
        direct = [:]
    }
}

/// What a callback of libunbound gets: which query of which engine has ended.
private final class Ticket: Sendable {
    let engine: LookupEngine
    let id: Int

    init(engine: LookupEngine, id: Int) {
        self.engine = engine
        self.id = id
    }
}

/// Called by libunbound on the engine's thread, once for each query.
private let onReply: ub_event_callback_type = { data, rcode, packet, length, security, _, _ in
    guard let data else { return }
    let ticket = Unmanaged<Ticket>.fromOpaque(data).takeRetainedValue()
    var reply = LibraryReply.failed
    if rcode == 0, let packet, length >= 12 {
        let octets = Array(UnsafeRawBufferPointer(start: packet, count: Int(length)))
        if octets[3] & 0xf == 0 || octets[3] & 0xf == 3 {
            reply = .packet(octets, security == 2 ? .secure : security == 1 ? .bogus : .insecure)
        }
    }
    ticket.engine.assumeIsolated { [reply] engine in engine.finished(ticket.id, reply) }
}
