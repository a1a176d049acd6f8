/// Deadlines sorted into ticks: filing and removing cost the same however many there are.
///
/// A key may be given out a tick late, never early. Times are nanoseconds of one monotonic clock.
struct DeadlineTable<Key: Hashable> {
    /// Width of a tick in nanoseconds.
    static var tick: UInt64 { 50_000_000 }

    private var ticks: [UInt64: Set<Key>] = [:]
    private var tickOfKey: [Key: UInt64] = [:]
    /// No tick before this one has keys.
    private var next = UInt64.max

    var isEmpty: Bool { tickOfKey.isEmpty }

    /// Files `key`; a deadline that it was filed under before counts no more unless it is earlier.
    ///
    /// Keeping the earlier one is cheap and harmless: whoever takes a key out asks for its real deadline and files it anew.
    mutating func file(_ key: Key, at deadline: UInt64) {
        // Rounded up: at the end of this tick the deadline has passed.
        let tick = (deadline + Self.tick - 1) / Self.tick
        if let filed = tickOfKey[key] {
            if filed <= tick { return }
            removeFromTick(key, filed)
        }
        tickOfKey[key] = tick
        ticks[tick, default: []].insert(key)
        next = min(next, tick)
    }

    mutating func remove(_ key: Key) {
        guard let tick = tickOfKey.removeValue(forKey: key) else { return }
        removeFromTick(key, tick)
    }

    /// Takes out every key whose tick has come.
    mutating func takeDue(at now: UInt64) -> [Key] {
        let current = now / Self.tick
        guard next <= current else { return [] }
        var due: [Key] = []
        // Walks the ticks since the last time, or all that exist if these are fewer.
        let passed = UInt64(ticks.count) < current - next ? ticks.keys.filter { $0 <= current } : Array(next...current)
        for tick in passed { due += ticks.removeValue(forKey: tick) ?? [] }
        for key in due { tickOfKey[key] = nil }
        next = ticks.isEmpty ? .max : current + 1
        return due
    }

    private mutating func removeFromTick(_ key: Key, _ tick: UInt64) {
        ticks[tick]?.remove(key)
        if ticks[tick]?.isEmpty == true { ticks[tick] = nil }
    }
}
