import CensusModel
import CensusReport
import Foundation
import Testing

@Suite("The progress meter")
struct ProgressMeterTests {
    private func sample(
        _ elapsed: Double, resolved: Int64, targets: Int64, done: Int64, complete: Bool = false, dead: Int64 = 0,
        rate: Double? = nil
    ) -> ProgressSample {
        ProgressSample(
            progress: ScanProgress(
                domains: 8_000, domainsResolved: resolved, hosts: targets, targets: targets, targetsDone: done,
                deadBatches: dead, complete: complete),
            elapsed: elapsed, inFlight: 2_000, inconclusive: 12, recentRate: rate)
    }

    private func scanning() -> ProgressMeter {
        var meter = ProgressMeter(scan: "weekend")
        meter.update(sample(0, resolved: 0, targets: 0, done: 0))
        meter.update(sample(4, resolved: 4_800, targets: 2_910, done: 1_020))
        return meter
    }

    @Test("two lines with rates from the counts; a wide terminal has room for longer bars and all words")
    func lines() {
        #expect(
            scanning().lines(TextStyle(width: 120)) == [
                "names   ━━━━━━━━━━━━━━──────────  4,800 of 8,000    60 %  1,200/s   4 s, time left unknown until all names are resolved",
                "probes  ━━━━━━━━────────────────  1,020 of 2,910+   35 %    255/s   2,000 in flight, 12 inconclusive",
            ])
        #expect(
            scanning().lines(TextStyle(width: 100)) == [
                "names   ━━━━━━━━━━━━━━━━━────────────  4,800 of 8,000    60 %  1,200/s   4 s, time left not known",
                "probes  ━━━━━━━━━━───────────────────  1,020 of 2,910+   35 %    255/s   2,000 in flight, 12 unseen",
            ])
        #expect(
            scanning().lines(TextStyle(width: 80)) == [
                "names   ━━━━━────  4,800 of 8,000    60 %  1,200/s   4 s, time left not known",
                "probes  ━━━──────  1,020 of 2,910+   35 %    255/s   2,000 in flight, 12 unseen",
            ])
    }

    @Test("no line fills the terminal", arguments: [40, 60, 80, 100, 120, 200])
    func narrow(width: Int) {
        let lines = scanning().lines(TextStyle(width: width))
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.count < width })
    }

    @Test("while names are resolved the time left is unknown, afterwards it is targets over rate")
    func timeLeft() {
        var meter = scanning()
        #expect(meter.timeLeft == .growing)
        meter.update(sample(8, resolved: 8_000, targets: 3_060, done: 2_040))
        // 1,020 left; 255/s before, 255/s since: smoothing changes nothing.
        #expect(meter.timeLeft == .about(4))
        meter.update(sample(12, resolved: 8_000, targets: 3_060, done: 3_060, complete: true))
        #expect(meter.timeLeft == .done)
    }

    @Test("nothing moving for long ends in an honest unknown")
    func stalled() {
        var meter = scanning()
        for step in 1...40 {
            meter.update(sample(4 + Double(step) * 4, resolved: 8_000, targets: 3_000, done: 1_020))
        }
        #expect(meter.timeLeft == .unknown)
    }

    @Test("one odd second moves a smoothed rate only a little")
    func smoothing() throws {
        var meter = ProgressMeter(scan: "weekend")
        for second in 0...60 {
            let count = Int64(second) * 100
            meter.update(sample(Double(second), resolved: 8_000, targets: 100_000, done: count))
        }
        meter.update(sample(61, resolved: 8_000, targets: 100_000, done: 6_000))
        let object = try JSONSerialization.jsonObject(with: Data(meter.jsonLine().utf8)) as? [String: Any]
        // 100 · e^(-1/8) = 88.25
        #expect(object?["probes_per_s"] as? Double == 88.25)
    }

    @Test("a rate that the caller knows better is taken")
    func givenRate() throws {
        var meter = ProgressMeter(scan: "weekend")
        meter.update(sample(0, resolved: 8_000, targets: 1_000, done: 0))
        meter.update(sample(1, resolved: 8_000, targets: 1_000, done: 0, rate: 50))
        #expect(meter.timeLeft == .about(20))
    }

    @Test("redrawing goes back over what was drawn, and clearing takes it away once")
    func redraw() {
        var meter = scanning()
        let style = TextStyle(width: 80)
        let first = meter.redraw(style)
        #expect(!first.contains("\u{1b}"))
        #expect(first.split(separator: "\n").count == 2)
        #expect(meter.redraw(style).hasPrefix("\u{1b}[2F\u{1b}[J"))
        #expect(meter.clear() == "\u{1b}[2F\u{1b}[J")
        #expect(meter.clear().isEmpty)
    }

    @Test("log lines come at first, at each interval and at the end, once")
    func log() {
        var meter = ProgressMeter(scan: "week\u{1b}end", logInterval: 10)
        #expect(meter.logLine() == nil)
        meter.update(sample(0, resolved: 0, targets: 0, done: 0))
        #expect(meter.logLine() != nil)
        meter.update(sample(4, resolved: 4_800, targets: 2_910, done: 1_020))
        #expect(meter.logLine() == nil)
        meter.update(sample(10, resolved: 4_800, targets: 2_910, done: 1_020, dead: 3))
        let line = meter.logLine()
        #expect(line?.hasPrefix("week\\x1bend: names 4,800 of 8,000, probes 1,020 of 2,910 so far, ") == true)
        #expect(line?.contains("3 batches given up") == true)
        meter.update(sample(11, resolved: 8_000, targets: 3_000, done: 3_000, complete: true))
        #expect(meter.logLine()?.hasSuffix("11 s elapsed, done") == true)
        #expect(meter.logLine() == nil)
    }

    @Test("a JSON line has the documented keys")
    func json() throws {
        #expect(ProgressMeter(scan: "weekend").jsonLine().isEmpty)
        let line = scanning().jsonLine()
        #expect(!line.contains("\n"))
        let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(
            Set(object.keys) == [
                "event", "scan", "elapsed_s", "domains", "domains_resolved", "hosts", "targets", "targets_done",
                "dead_batches", "in_flight", "inconclusive", "domains_per_s", "probes_per_s", "time_left",
                "time_left_s",
                "complete",
            ])
        #expect(object["time_left"] as? String == "growing")
        #expect(object["time_left_s"] is NSNull)
        #expect(object["domains_per_s"] as? Double == 1_200)
    }
}
