/// A bounded cache that forgets what was not used for a while: two generations of half the capacity each. When the
/// young one is full it becomes the old one, and the old one is dropped. Both reading and writing are O(1).
struct GenerationalCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let half: Int
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]

    init(capacity: Int) { half = capacity / 2 }

    var count: Int { young.count + old.count }

    mutating func value(for key: Key) -> Value? {
        if let value = young[key] { return value }
        guard let value = old.removeValue(forKey: key) else { return nil }
        insert(value, for: key)
        return value
    }

    mutating func insert(_ value: Value, for key: Key) {
        guard half > 0 else { return }
        if young.count >= half {
            old = young
            young = [:]
        }
        young[key] = value
    }
}
