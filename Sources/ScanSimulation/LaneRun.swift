import CensusModel

/// A leased lane while it is served: the engine's `NetworkQueue` in virtual time. Starts are a gap apart, no more
/// connections are open than the network allows, and a probe that is pushed back slows what follows.
struct LaneRun {
    /// A probe that ended.
    struct End {
        let time: Double
        let attempt: Attempt
    }

    private struct Open: Comparable {
        let end: Double
        let level: Int
        let attempt: Attempt

        static func < (left: Open, right: Open) -> Bool { left.end < right.end }
        static func == (left: Open, right: Open) -> Bool { left.end == right.end }
    }

    private let pace: NetworkPace
    private(set) var slowdown: Int
    private var now: Double
    private var lastStart: Double?
    private var open = PriorityQueue<Open>()
    /// In the order of their turns; those before `head` have begun.
    private var waiting: [Attempt]
    private var head = 0

    init(at now: Double, pace: NetworkPace, slowdown: Int, attempts: [Attempt]) {
        self.now = now
        self.pace = pace
        self.slowdown = slowdown
        waiting = attempts
    }

    /// Probes that have not ended.
    var remaining: Int { waiting.count - head + open.count }

    /// Takes further targets in.
    mutating func add(_ attempts: [Attempt]) {
        waiting = waiting[head...] + attempts
        head = 0
    }

    /// Nothing begins before.
    mutating func wait(until time: Double) { now = max(now, time) }

    /// Goes on until a probe ends; nil when none is left.
    mutating func next() -> End? {
        while head < waiting.count, open.count < pace.connections(slowdown) {
            let start = max(now, lastStart.map { $0 + pace.gapSeconds(slowdown) } ?? now)
            if let end = open.first?.end, end <= start { break }
            let attempt = waiting[head]
            head += 1
            now = start
            lastStart = start
            open.insert(Open(end: start + attempt.seconds, level: slowdown, attempt: attempt))
        }
        guard let ended = open.popFirst() else { return nil }
        now = ended.end
        if ended.attempt.pushesBack, ended.level == slowdown { slowdown = NetworkPace.bounded(slowdown + 1) }
        return End(time: ended.end, attempt: ended.attempt)
    }
}
