/// Lanes that are due, in the order in which `take_lanes` takes them: the greatest size class first, and within a class
/// from a random slot on, round to where it began.
struct ReadyLanes {
    /// Lanes by size class. Places are in the order of the lanes' slots.
    private var classes: [PlaceSet] = []
    private let places: Int

    init(places: Int) { self.places = places }

    mutating func insert(_ place: Int, class sizeClass: Int) {
        while classes.count <= sizeClass { classes.append(PlaceSet(places)) }
        classes[sizeClass].insert(place)
    }

    mutating func remove(_ place: Int, class sizeClass: Int) { classes[sizeClass].remove(place) }

    /// The greatest class that has lanes; nil when none is ready.
    var greatestClass: Int? { classes.lastIndex { !$0.isEmpty } }

    /// Takes the next lane of the greatest class, at or after `start`.
    mutating func take(from start: Int) -> Int? {
        guard let sizeClass = greatestClass else { return nil }
        guard let place = classes[sizeClass].next(from: start) ?? classes[sizeClass].next(from: 0) else { return nil }
        classes[sizeClass].remove(place)
        return place
    }
}

/// A set of small numbers that finds the next member after any place, however few there are.
private struct PlaceSet {
    private var words: [UInt64]
    /// A bit for each word that has members.
    private var summary: [UInt64]
    private var count = 0

    init(_ places: Int) {
        words = Array(repeating: 0, count: places / 64 + 1)
        summary = Array(repeating: 0, count: words.count / 64 + 1)
    }

    var isEmpty: Bool { count == 0 }

    mutating func insert(_ place: Int) {
        words[place >> 6] |= 1 << UInt64(place & 63)
        summary[place >> 12] |= 1 << UInt64(place >> 6 & 63)
        count += 1
    }

    mutating func remove(_ place: Int) {
        words[place >> 6] &= ~(1 << UInt64(place & 63))
        if words[place >> 6] == 0 { summary[place >> 12] &= ~(1 << UInt64(place >> 6 & 63)) }
        count -= 1
    }

    /// The first member at or after `place`.
    func next(from place: Int) -> Int? {
        guard !isEmpty, place >> 6 < words.count else { return nil }
        if let bit = Self.bit(words[place >> 6], from: place & 63) { return (place & ~63) + bit }
        var word = (place >> 6) + 1
        while word >> 6 < summary.count {
            if let bit = Self.bit(summary[word >> 6], from: word & 63) {
                let found = (word & ~63) + bit
                return (found << 6) + words[found].trailingZeroBitCount
            }
            word = ((word >> 6) + 1) << 6
        }
        return nil
    }

    private static func bit(_ word: UInt64, from start: Int) -> Int? {
        let rest = word & (UInt64.max << UInt64(start))
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }
}
