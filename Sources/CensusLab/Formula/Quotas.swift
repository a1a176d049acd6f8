/// Shares in a tree. Each level is rounded by itself, so a total that a level states (hosts that claim STARTTLS, those
/// without trusted TLS) is as exact as its parts at any scale.
indirect enum ShareTree<Item: Hashable & Sendable>: Sendable {
    /// `weight` is the count at 1:1.
    case leaf(Item, weight: Int)
    case group([ShareTree])

    var weight: Int {
        switch self {
        case .leaf(_, let weight): weight
        case .group(let parts): parts.reduce(0) { $0 + $1.weight }
        }
    }

    /// Splits `total` over the leaves, in their order: at each level by largest remainder.
    func counts(of total: Int) -> [(item: Item, count: Int)] {
        switch self {
        case .leaf(let item, _):
            return [(item, total)]
        case .group(let parts):
            let shares = largestRemainder(weights: parts.map(\.weight), total: total)
            return zip(parts, shares).flatMap { part, share in part.counts(of: share) }
        }
    }
}

/// Splits `total` in proportion to `weights` into whole numbers whose sum is `total` (the method of Hamilton). Equal
/// remainders go to the earlier weight.
func largestRemainder(weights: [Int], total: Int) -> [Int] {
    let sum = weights.reduce(0, +)
    guard sum > 0 else { return weights.map { _ in 0 } }
    var result = weights.map { total * $0 / sum }
    let order = weights.indices.sorted {
        let (left, right) = (total * weights[$0] % sum, total * weights[$1] % sum)
        return left != right ? left > right : $0 < $1
    }
    for index in order.prefix(total - result.reduce(0, +)) { result[index] += 1 }
    return result
}

/// Consecutive ranges of 0..<count, one per item: from a position to its item in logarithmic time.
struct QuotaTable<Item: Hashable & Sendable>: Sendable {
    let items: [Item]
    /// The first position of each item; one more at the end: the count.
    let starts: [Int]

    init(_ counts: [(item: Item, count: Int)]) {
        let kept = counts.filter { $0.count > 0 }
        items = kept.map(\.item)
        starts = kept.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    }

    var count: Int { starts[items.count] }

    /// The item whose range holds `position`, and the place in that range.
    func locate(_ position: Int) -> (item: Item, rank: Int) {
        precondition((0..<count).contains(position))
        var low = 0
        var high = items.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= position { low = middle } else { high = middle }
        }
        return (items[low], position - starts[low])
    }

    /// The range of `item`; empty when it has none.
    func range(of item: Item) -> Range<Int> {
        guard let index = items.firstIndex(of: item) else { return 0..<0 }
        return starts[index]..<starts[index + 1]
    }
}
