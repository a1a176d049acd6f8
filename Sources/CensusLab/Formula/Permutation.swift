/// A seeded bijection of 0..<count, in constant time and memory: a Feistel network over the next power of four, and
/// cycle walking (Black and Rogaway, "Ciphers with Arbitrary Finite Domains") for what falls outside.
struct Permutation: Sendable {
    let count: Int
    private let keys: [UInt64]
    private let halfBits: UInt64

    /// A bijection of 0..<`count`; `count` may be 0.
    init(count: Int, mixer: Mixer, purpose: Mixer.Purpose) {
        self.count = count
        let bits = UInt64(max(2, Int.bitWidth - max(count - 1, 1).leadingZeroBitCount))
        halfBits = (bits + 1) / 2
        keys = (0..<4).map { mixer.draw(purpose, 0xfe15_7e10 + UInt64($0)) }
    }

    /// Where `index` goes.
    func apply(_ index: Int) -> Int { walk(index, forward: true) }

    /// What goes to `position`.
    func invert(_ position: Int) -> Int { walk(position, forward: false) }

    private func walk(_ start: Int, forward: Bool) -> Int {
        precondition((0..<count).contains(start))
        var value = UInt64(start)
        repeat { value = forward ? encrypt(value) : decrypt(value) } while value >= UInt64(count)
        return Int(value)
    }

    private func encrypt(_ value: UInt64) -> UInt64 {
        let mask = (UInt64(1) << halfBits) - 1
        var left = value >> halfBits
        var right = value & mask
        for key in keys { (left, right) = (right, left ^ (Mixer.scramble(right ^ key) & mask)) }
        return left << halfBits | right
    }

    private func decrypt(_ value: UInt64) -> UInt64 {
        let mask = (UInt64(1) << halfBits) - 1
        var left = value >> halfBits
        var right = value & mask
        for key in keys.reversed() { (left, right) = (right ^ (Mixer.scramble(left ^ key) & mask), left) }
        return left << halfBits | right
    }
}

/// A bijection of 0..<count that keeps runs of neighbours together: whole chunks change places. What is left over after
/// the last whole chunk stays where it is.
struct ChunkedPermutation: Sendable {
    private let chunk: Int
    private let chunks: Permutation

    init(count: Int, chunk: Int, mixer: Mixer, purpose: Mixer.Purpose) {
        precondition(chunk > 0)
        self.chunk = chunk
        chunks = Permutation(count: count / chunk, mixer: mixer, purpose: purpose)
    }

    /// Where `index` goes.
    func apply(_ index: Int) -> Int {
        let (quotient, remainder) = index.quotientAndRemainder(dividingBy: chunk)
        return quotient < chunks.count ? chunks.apply(quotient) * chunk + remainder : index
    }

    /// What goes to `position`.
    func invert(_ position: Int) -> Int {
        let (quotient, remainder) = position.quotientAndRemainder(dividingBy: chunk)
        return quotient < chunks.count ? chunks.invert(quotient) * chunk + remainder : position
    }
}
