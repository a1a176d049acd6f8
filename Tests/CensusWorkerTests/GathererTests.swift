import Testing

@testable import CensusWorker

@Suite("Completions that are gathered")
struct GathererTests {
    private let gatherer = Gatherer<Int>()

    /// Lets whoever waits take what is there already, if it would.
    private func appendAfterOthers(_ element: Int) async {
        for _ in 0..<1000 { await Task.yield() }
        await gatherer.append(element)
    }

    @Test("are taken together when there are enough")
    func enough() async {
        async let batch = gatherer.next(atMost: 3, within: .seconds(3600))
        for element in 1...3 { await appendAfterOthers(element) }
        #expect(await batch == [1, 2, 3])
    }

    @Test("are taken together when no more will come")
    func closed() async {
        async let batch = gatherer.next(atMost: 3, within: .seconds(3600))
        for element in 1...2 { await appendAfterOthers(element) }
        await gatherer.close()
        #expect(await batch == [1, 2])
        #expect(await gatherer.next(atMost: 3, within: .seconds(3600)) == nil)
    }

    @Test("are taken after a moment, however few they are")
    func few() async {
        await gatherer.append(1)
        #expect(await gatherer.next(atMost: 3, within: .milliseconds(1)) == [1])
        async let next = gatherer.next(atMost: 3, within: .milliseconds(1))
        await gatherer.append(2)
        #expect(await next == [2])
    }

    @Test("are taken no more at once than wanted, in their order")
    func many() async {
        for element in 1...7 { await gatherer.append(element) }
        await gatherer.close()
        var batches: [[Int]] = []
        while let batch = await gatherer.next(atMost: 3, within: .seconds(3600)) { batches.append(batch) }
        #expect(batches == [[1, 2, 3], [4, 5, 6], [7]])
    }
}
