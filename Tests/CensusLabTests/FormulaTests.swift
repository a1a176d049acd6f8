import Testing

@testable import CensusLab

@Suite("Formula")
struct FormulaTests {
    private let mixer = Mixer(seed: 7)

    @Test("The mixer is SplitMix64's finaliser, by its published first outputs")
    func splitMix() {
        let golden: UInt64 = 0x9e37_79b9_7f4a_7c15
        #expect(Mixer.scramble(golden) == 0xe220_a839_7b1d_cdaf)
        #expect(Mixer.scramble(golden &* 2) == 0x6e78_9e6a_a1b9_65f4)
    }

    @Test("Reduced draws stay below their bound and reach all of it")
    func boundedDraws() {
        let drawn = Set((0..<2000).map { mixer.draw(.style, $0, below: 20) })
        #expect(drawn == Set(0..<20))
    }

    @Test("A permutation moves every index to a place of its own and back", arguments: [0, 1, 2, 3, 5, 64, 1000, 4097])
    func permutation(count: Int) {
        let permutation = Permutation(count: count, mixer: mixer, purpose: .pool)
        let images = (0..<count).map(permutation.apply)
        #expect(Set(images) == Set(0..<count))
        #expect(images.map(permutation.invert) == Array(0..<count))
    }

    @Test("A permutation of a thousand leaves few where they were")
    func permutationMoves() {
        let permutation = Permutation(count: 1000, mixer: mixer, purpose: .pool)
        #expect((0..<1000).filter { permutation.apply($0) == $0 }.count < 10)
    }

    @Test("A permutation at the size of the study comes back", arguments: [0, 1, 1_234_567, 7_999_999])
    func largePermutation(index: Int) {
        let permutation = Permutation(count: 8_000_000, mixer: mixer, purpose: .domains)
        #expect(permutation.invert(permutation.apply(index)) == index)
    }

    @Test("A chunked permutation keeps neighbours together", arguments: [1, 63, 64, 1000])
    func chunks(count: Int) {
        let permutation = ChunkedPermutation(count: count, chunk: 16, mixer: mixer, purpose: .pool)
        #expect(Set((0..<count).map(permutation.apply)) == Set(0..<count))
        #expect((0..<count).allSatisfy { permutation.invert(permutation.apply($0)) == $0 })
        for index in 0..<count / 16 * 16 where index % 16 > 0 {
            #expect(permutation.apply(index) == permutation.apply(index - 1) + 1)
        }
    }

    @Test("Largest remainder: the textbook election of Hamilton's method")
    func largestRemainders() {
        #expect(
            largestRemainder(weights: [47_000, 16_000, 15_800, 12_000, 6100, 3100], total: 10) == [5, 2, 1, 1, 1, 0])
        #expect(largestRemainder(weights: [1, 1, 1], total: 4) == [2, 1, 1])
        #expect(largestRemainder(weights: [0, 0], total: 4) == [0, 0])
    }

    @Test("A position lies in the range of its item")
    func quotaTable() {
        let table = QuotaTable([(item: "a", count: 2), (item: "b", count: 0), (item: "c", count: 3)])
        #expect((0..<5).map { table.locate($0).item } == ["a", "a", "c", "c", "c"])
        #expect((0..<5).map { table.locate($0).rank } == [0, 1, 0, 1, 2])
        #expect(table.range(of: "c") == 2..<5)
        #expect(table.range(of: "b").isEmpty)
    }

    @Test("The cache forgets what was not used for longest")
    func recentlyUsed() {
        var cache = RecentlyUsed<Int, String>(capacity: 2)
        cache.insert("one", for: 1)
        cache.insert("two", for: 2)
        #expect(cache.value(for: 1) == "one")
        cache.insert("three", for: 3)
        #expect(cache.value(for: 2) == nil)
        #expect(cache.value(for: 1) == "one")
        #expect(cache.value(for: 3) == "three")
        #expect(cache.count == 2)
    }
}
