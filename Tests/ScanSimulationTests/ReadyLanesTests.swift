import Testing

@testable import ScanSimulation

@Suite("Lanes that are due")
struct ReadyLanesTests {
    @Test("The greatest class goes first; within it, round from the place where the walk begins")
    func order() {
        var ready = ReadyLanes(places: 10_000)
        for place in [3, 70, 4095, 4096, 9_999] { ready.insert(place, class: 2) }
        ready.insert(5000, class: 7)
        #expect(ready.take(from: 4090) == 5000)
        #expect(ready.take(from: 4090) == 4095)
        #expect(ready.take(from: 4090) == 4096)
        #expect(ready.take(from: 4097) == 9_999)
        #expect(ready.take(from: 71) == 3)
        #expect(ready.take(from: 0) == 70)
        #expect(ready.take(from: 0) == nil)
    }

    @Test("It takes what a sorted list would", arguments: 1...5)
    func model(seed: UInt64) {
        let places = 5000
        var ready = ReadyLanes(places: places)
        var model: [Int: Int] = [:]
        for step in 0..<4000 {
            let place = Draw(seed, .kind, step).below(places)
            let sizeClass = Draw(seed, .slot, step).below(4)
            if let known = model[place] {
                ready.remove(place, class: known)
                model[place] = nil
            } else if step % 3 < 2 {
                ready.insert(place, class: sizeClass)
                model[place] = sizeClass
            } else {
                let greatest = model.values.max()
                let members = model.filter { $0.value == greatest }.keys.sorted()
                let expected = members.first { $0 >= place } ?? members.first
                #expect(ready.take(from: place) == expected)
                if let expected { model[expected] = nil }
            }
        }
    }
}
