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

    /// Turns given and not given back.
    private var inside = 0
    /// A turn was given whose start is not stamped yet: until then nobody knows when the next may start.
    private var isStarting = false
    /// The next start must not be before; nil before the first.
    private var earliest: Duration?
    private var isWakePending = false
    private var waiting: [UInt64: Continuation] = [:]
    /// In order of asking; names of those who gave up are skipped.
    private var order: [UInt64] = []
    private var head = 0

    /// True when forgetting the queue changes nothing.
    func isIdle(at now: Duration) -> Bool {
        inside == 0 && waiting.isEmpty && !isWakePending && (earliest ?? now) <= now
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

    mutating func started(at now: Duration, gap: Duration) {
        isStarting = false
        earliest = now + gap
    }

    mutating func leave() -> [Effect] {
        inside -= 1
        return []
    }

    mutating func woke() -> [Effect] {
        isWakePending = false
        return []
    }

    /// Gives the next turn if one is due, or asks to be woken when time is all that is missing.
    mutating func advance(at now: Duration, connections: Int) -> [Effect] {
        if let earliest, earliest > now {
            // Also without waiters: when the time has come an idle network is forgotten.
            let wanted = !isWakePending && !isStarting && inside < connections && (!waiting.isEmpty || inside == 0)
            if wanted { isWakePending = true }
            return wanted ? [.wake(earliest)] : []
        }
        guard !isStarting, inside < connections, let continuation = next() else { return [] }
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
