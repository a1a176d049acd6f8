import CensusModel
import Testing

@testable import CensusReport

@Suite("Progress of an import")
struct ImportMeterTests {
    @Test("a short import says nothing")
    func short() {
        var meter = ImportMeter(interval: 0.5)
        #expect(meter.line(.reading(5000), elapsed: 0.1) == nil)
        #expect(meter.line(.copying(0, of: 5000), elapsed: 0.2) == nil)
        #expect(meter.line(.indexing(5000), elapsed: 0.3) == nil)
    }

    @Test("each step has its line, with rate or time left, and no more often than asked for")
    func steps() {
        var meter = ImportMeter(interval: 0.5)
        #expect(meter.line(.reading(2_000_000), elapsed: 0.5) == "reading: 2,000,000 names, 4,000,000/s")
        #expect(meter.line(.reading(2_100_000), elapsed: 0.9) == nil)
        #expect(meter.line(.copying(0, of: 8_000_000), elapsed: 2) == "copying: 0 of 8,000,000 domains")
        #expect(
            meter.line(.copying(2_000_000, of: 8_000_000), elapsed: 6)
                == "copying: 2,000,000 of 8,000,000 domains, about 12 s left, then the keys")
        #expect(meter.line(.indexing(8_000_000), elapsed: 6.1) == "making the keys of 8,000,000 domains")
    }
}
