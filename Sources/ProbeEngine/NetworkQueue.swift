import CensusModel

/// The queue before one network: who waits, how many are inside, when the next may start. A value without clock or lock.
struct NetworkQueue {
    typealias Continuation = CheckedContinuation<Bool, Never>

    /// What is to be done after a change, outside the lock.
    enum Effect {
        /// The waiter may start.
        case grant(Continuation)
        /// The waiter is cancelled.
        case refuse(Continuation)
        /// Call `woke` at this time.
        case wake(Duration)
    }

    /// The limits of every network that is not slowed down.
    private let pace: NetworkPace
    /// Rate and connections are divided by two to this power.
    private(set) var slowdown = 0
    /// Leases that are being served: while there is one, the slowdown must not be forgotten.
    private var leases = 0
    /// Turns given and not given back.
    private var inside = 0
    /// A turn was given whose start is not stamped yet: until then nobody knows when the next may start.
    private var isStarting = false
    /// Nil before the first.
    private var lastStart: Duration?
    private var isWakePending = false
    private var waiting: [UInt64: Continuation] = [:]
    /// In order of asking; names of those who gave up are skipped.
    private var order: [UInt64] = []
    private var head = 0

    init(_ pace: NetworkPace) { self.pace = pace }

    /// True when forgetting the queue changes nothing.
    func isIdle(at now: Duration) -> Bool {
        leases == 0 && inside == 0 && waiting.isEmpty && !isWakePending && (earliest ?? now) <= now
    }

    /// The next start must not be before; nil before the first.
    private var earliest: Duration? { lastStart.map { $0 + pace.gap(slowdown) } }

    /// A lease begins: its slowdown holds, unless an older lease is served still and has a greater one.
    mutating func open(slowdown given: Int) {
        let bounded = NetworkPace.bounded(given)
        slowdown = leases == 0 ? bounded : max(slowdown, bounded)
        leases += 1
    }

    mutating func close() { leases -= 1 }

    /// A turn that began at slowdown `level` was pushed back. Those that began before the network was slowed down last say
    /// nothing about its present pace.
    mutating func pushedBack(from level: Int) {
        if level == slowdown { slowdown = NetworkPace.bounded(slowdown + 1) }
    }

    mutating func enqueue(_ id: UInt64, _ continuation: Continuation) {
        waiting[id] = continuation
        order.append(id)
    }

    /// Takes a waiter out; nil when it has its turn already.
    mutating func withdraw(_ id: UInt64) -> Continuation? { waiting.removeValue(forKey: id) }

    /// Takes all waiters out.
    mutating func refuseAll() -> [Effect] {
        let effects = waiting.values.map(Effect.refuse)
        waiting = [:]
        order = []
        head = 0
        return effects
    }

    mutating func started(at now: Duration) {
        isStarting = false
        lastStart = now
    }

    mutating func leave() { inside -= 1 }

    mutating func woke() { isWakePending = false }

    /// Gives the next turn if one is due, or asks to be woken when time is all that is missing.
    mutating func advance(at now: Duration) -> [Effect] {
        let hasRoom = inside < pace.connections(slowdown)
        if let earliest, earliest > now {
            // Also without waiters: when the time has come an idle network is forgotten.
            let wanted = !isWakePending && !isStarting && hasRoom && (!waiting.isEmpty || inside == 0)
            if wanted { isWakePending = true }
            return wanted ? [.wake(earliest)] : []
        }
        guard !isStarting, hasRoom, let continuation = next() else { return [] }
        inside += 1
        isStarting = true
        return [.grant(continuation)]
    }

    private mutating func next() -> Continuation? {
        while head < order.count {
            let id = order[head]
            head += 1
            if head * 2 > order.count {
                order.removeFirst(head)
                head = 0
            }
            if let continuation = waiting.removeValue(forKey: id) { return continuation }
        }
        return nil
    }
}
