import Testing

@testable import ProbeEngine

@Suite("Deadline table")
struct DeadlineTableTests {
    private let tick = DeadlineTable<Int>.tick

    @Test("A key comes out once its tick has passed, never before its deadline")
    func order() {
        var table = DeadlineTable<Int>()
        table.file(1, at: 3 * tick)
        table.file(2, at: 3 * tick + 1)
        table.file(3, at: 900 * tick)
        #expect(table.takeDue(at: 3 * tick - 1) == [])
        #expect(table.takeDue(at: 3 * tick) == [1])
        #expect(table.takeDue(at: 4 * tick) == [2])
        #expect(table.takeDue(at: 5000 * tick) == [3])
        #expect(table.isEmpty)
    }

    @Test("An earlier deadline replaces a later one; a later one is left to the next asking")
    func refiling() {
        var table = DeadlineTable<Int>()
        table.file(1, at: 10 * tick)
        table.file(1, at: 5 * tick)
        table.file(1, at: 20 * tick)
        #expect(table.takeDue(at: 5 * tick) == [1])
        #expect(table.takeDue(at: 30 * tick) == [])
    }

    @Test("A removed key never comes out")
    func removal() {
        var table = DeadlineTable<Int>()
        table.file(1, at: tick)
        table.file(2, at: tick)
        table.remove(1)
        table.remove(7)
        #expect(table.takeDue(at: tick) == [2])
        table.file(3, at: 2 * tick)
        table.remove(3)
        #expect(table.isEmpty)
        #expect(table.takeDue(at: 100 * tick) == [])
    }

    @Test("Filing at a tick that has passed comes out with the next look")
    func late() {
        var table = DeadlineTable<Int>()
        #expect(table.takeDue(at: 100 * tick) == [])
        table.file(1, at: 50 * tick)
        #expect(table.takeDue(at: 100 * tick) == [1])
    }
}
