import CensusModel
import DatabaseTestSupport
import Foundation
import PostgresClient
import Testing

@testable import CensusStore

/// Time is a parameter. Schedules are daily at noon, Greenwich, unless said otherwise, and added on 2026-11-25 at noon.
@Suite("Runs of schedules")
struct ScheduleRunTests {
    @Test("A scan begins at its moment, not before, and once however often it is asked")
    func once() async throws {
        try await withStore { store in
            try await store.addTestSchedule()
            #expect(try await store.runDueSchedules(now: moment("2026-11-26T11:59:59Z")).isEmpty)
            let due = try await store.runDueSchedules(now: moment("2026-11-26T12:00:00Z"))
            #expect(due.map(\.scan) == ["s-2026-11-26"])
            #expect(due.map(\.result) == [.started])
            #expect(due.map(\.dueAt) == [moment("2026-11-26T12:00:00Z")])
            #expect(try await store.runDueSchedules(now: moment("2026-11-26T12:00:00Z")).isEmpty)
            #expect(try await store.runDueSchedules(now: moment("2026-11-27T11:00:00Z")).isEmpty)
            #expect(try await store.scans().map(\.name) == ["s-2026-11-26"])
            let schedule = try #require(try await store.schedule(named: "s"))
            #expect(schedule.nextAt == moment("2026-11-27T12:00:00Z"))
            #expect(schedule.runningScan == "s-2026-11-26")
            #expect(schedule.lastScan == "s-2026-11-26")
        }
    }

    @Test("After an outage one scan catches up with the latest moment, and the missed ones are counted")
    func catchUp() async throws {
        try await withStore { store in
            try await store.addTestSchedule()
            // Moments on the 26th, 27th, 28th and 29th have passed.
            let due = try await store.runDueSchedules(now: moment("2026-11-29T20:00:00Z"))
            #expect(due.map(\.missed) == [3])
            #expect(due.map(\.dueAt) == [moment("2026-11-29T12:00:00Z")])
            #expect(try await store.scans().count == 1)
            let runs = try await store.scheduleRuns("s", limit: 10)
            #expect(runs.map(\.missed) == [3])
            #expect(runs.map(\.startedAt) == [moment("2026-11-29T20:00:00Z")])
            #expect(runs.map(\.scanState) == [.running])
            #expect(try await store.schedule(named: "s")?.nextAt == moment("2026-11-30T12:00:00Z"))
        }
    }

    @Test("A moment is skipped and recorded while the previous scan has not ended; the next one runs again")
    func overlap() async throws {
        try await withStore { store in
            try await store.addTestSchedule()
            _ = try await store.runDueSchedules(now: moment("2026-11-26T12:00:00Z"))
            let skipped = try await store.runDueSchedules(now: moment("2026-11-27T12:00:00Z"))
            #expect(skipped.map(\.result) == [.skipped])
            #expect(skipped.first?.reason?.contains("s-2026-11-26") == true)
            #expect(skipped.first?.scan == nil)
            // A paused scan has not ended either.
            try await store.query("UPDATE census.scan SET state = 'paused'")
            #expect(try await store.runDueSchedules(now: moment("2026-11-28T12:00:00Z")).map(\.result) == [.skipped])
            #expect(try await store.scans().count == 1)
            try await store.endScans()
            let next = try await store.runDueSchedules(now: moment("2026-11-29T12:00:00Z"))
            #expect(next.map(\.scan) == ["s-2026-11-29"])
            #expect(next.map(\.missed) == [0])
            #expect(
                try await store.scheduleRuns("s", limit: 10).map(\.result) == [.started, .skipped, .skipped, .started])
            #expect(try await store.scheduleRuns("s", limit: 1).count == 1)
        }
    }

    @Test("A schedule that fails is recorded with its error, does not stop the others, and is tried at its next moment")
    func failure() async throws {
        try await withStore { store in
            try await store.addTestSchedule("bad", at: "11:00")
            try await store.addTestSchedule("good")
            try await store.addTestSchedule("lost", at: "10:00")
            try await store.query(
                """
                UPDATE census.schedule SET settings = jsonb_set(settings, '{resolveBatchSize}', '"many"') WHERE name = 'bad'
                """)
            try await store.query("UPDATE census.schedule SET timezone = 'Atlantis/Capital' WHERE name = 'lost'")
            let due = try await store.runDueSchedules(now: moment("2026-11-26T12:00:00Z"))
            #expect(due.map(\.schedule) == ["lost", "bad", "good"])
            #expect(due.map(\.result) == [.failed, .failed, .started])
            #expect(try await store.scans().map(\.name) == ["good-2026-11-26"])
            let bad = try #require(try await store.scheduleRuns("bad", limit: 9).first)
            #expect(bad.reason?.contains("many") == true)
            #expect(bad.dueAt == moment("2026-11-26T11:00:00Z"))
            #expect(try await store.schedule(named: "bad")?.nextAt == moment("2026-11-27T11:00:00Z"))
            // Nobody can say when it runs next.
            #expect(try await store.schedule(named: "lost")?.isPaused == true)
            #expect(try await store.schedule(named: "lost")?.lastReason?.contains("Atlantis/Capital") == true)
            #expect(try await store.runDueSchedules(now: moment("2026-11-26T12:00:00Z")).isEmpty)
        }
    }

    @Test("While its list is being imported a schedule stays due, and nobody waits")
    func importing() async throws {
        try await withStore { store in
            try await store.addTestSchedule()
            let now = moment("2026-11-26T12:00:00Z")
            let importer = try await Connection.connect(store.settings)
            try await importer.query("BEGIN")
            try await importer.query("SELECT census.import_begin('list')")
            #expect(try await store.runDueSchedules(now: now).isEmpty)
            #expect(try await store.scheduleRuns("s", limit: 9).isEmpty)
            try await importer.query("ROLLBACK")
            await importer.close()
            #expect(try await store.runDueSchedules(now: now).map(\.result) == [.started])
        }
    }

    @Test("Two coordinators at once start one scan")
    func concurrently() async throws {
        try await withStore { store in
            try await store.addTestSchedule()
            let now = "2026-11-26T12:00:00Z"
            // The first has started the scan and not committed yet.
            let first = try await Connection.connect(store.settings)
            try await first.query("BEGIN")
            #expect(try await first.query("SELECT * FROM census.run_due_schedules('\(now)')").count == 1)
            #expect(try await store.runDueSchedules(now: moment(now)).isEmpty)
            try await first.query("COMMIT")
            await first.close()
            #expect(try await store.runDueSchedules(now: moment(now)).isEmpty)
            #expect(try await store.scans().count == 1)
        }
    }

    @Test("Many coordinators and people at once start one scan of each schedule")
    func crowd() async throws {
        try await withStore { store in
            for number in 1...3 { try await store.addTestSchedule("s\(number)") }
            let now = moment("2026-11-26T12:00:00Z")
            let started = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<5 {
                    group.addTask { try await store.runDueSchedules(now: now).filter { $0.result == .started }.count }
                }
                group.addTask {
                    do {
                        _ = try await store.runScheduleNow("s1", now: now)
                        return 1
                    } catch let error as StoreError where error.sqlState == "MX005" { return 0 }
                }
                return try await group.reduce(0, +)
            }
            #expect(started == 3)
            #expect(try await store.scans().count == 3)
        }
    }

    @Test("Ten scans at most begin in one transaction; the others follow")
    func many() async throws {
        try await withStore { store in
            for number in 1...12 { try await store.addTestSchedule("s\(number)") }
            let now = moment("2026-11-26T12:00:00Z")
            #expect(try await store.runDueSchedules(now: now).count == 10)
            #expect(try await store.runDueSchedules(now: now).count == 2)
            #expect(try await store.runDueSchedules(now: now).isEmpty)
        }
    }

    @Test("A run by hand begins at once, is refused while its scan has not ended, and leaves the moments alone")
    func byHand() async throws {
        try await withStore { store in
            try await store.addTestSchedule()
            let now = moment("2026-11-25T18:00:00Z")
            #expect(try await store.runScheduleNow("s", now: now) == "s-2026-11-25")
            let refused = await #expect(throws: StoreError.self) { try await store.runScheduleNow("s", now: now) }
            #expect(refused?.sqlState == "MX005")
            #expect(refused?.description.contains("s-2026-11-25") == true)
            #expect(try await store.schedule(named: "s")?.nextAt == moment("2026-11-26T12:00:00Z"))
            try await store.endScans()
            // The name is taken.
            #expect(try await store.runScheduleNow("s", now: now) == "s-2026-11-25-2")
            #expect(try await store.scheduleRuns("s", limit: 9).map(\.isByHand) == [true, true])
            #expect(try await store.runDueSchedules(now: moment("2026-11-26T12:00:00Z")).map(\.result) == [.skipped])
            await #expect(throws: StoreError.self) { try await store.runScheduleNow("other") }
        }
    }

    @Test("A paused schedule starts nothing by itself; resumed, it goes on with the next moment and catches nothing up")
    func pause() async throws {
        try await withStore { store in
            try await store.addTestSchedule()
            try await store.pauseSchedule("s")
            #expect(try await store.schedule(named: "s")?.nextAt == nil)
            #expect(try await store.runDueSchedules(now: moment("2026-11-28T13:00:00Z")).isEmpty)
            try await store.resumeSchedule("s", now: moment("2026-11-28T14:00:00Z"))
            #expect(try await store.runDueSchedules(now: moment("2026-11-28T14:00:00Z")).isEmpty)
            #expect(try await store.schedule(named: "s")?.nextAt == moment("2026-11-29T12:00:00Z"))
            // Not paused: a moment that is due stays due.
            try await store.resumeSchedule("s", now: moment("2026-11-30T00:00:00Z"))
            let due = try await store.runDueSchedules(now: moment("2026-11-30T00:00:00Z"))
            #expect(due.map(\.dueAt) == [moment("2026-11-29T12:00:00Z")])
            await #expect(throws: StoreError.self) { try await store.pauseSchedule("other") }
        }
    }

    @Test("Removed, a schedule starts nothing, and its scans stay")
    func remove() async throws {
        try await withStore { store in
            try await store.addTestSchedule()
            _ = try await store.runDueSchedules(now: moment("2026-11-26T12:00:00Z"))
            try await store.removeSchedule("s")
            #expect(try await store.schedules().isEmpty)
            #expect(try await store.scheduleRuns("s", limit: 9).isEmpty)
            #expect(try await store.runDueSchedules(now: moment("2026-12-24T12:00:00Z")).isEmpty)
            let scan = try #require(try await store.findScan(named: "s-2026-11-26"))
            #expect(try await store.leaseResolve(try await store.register(), max: 9).map(\.scanID) == [scan.id])
            await #expect(throws: StoreError.self) { try await store.removeSchedule("s") }
        }
    }

    @Test("A run outlives its scan, with its name")
    func droppedScan() async throws {
        try await withStore { store in
            try await store.addTestSchedule()
            _ = try await store.runDueSchedules(now: moment("2026-11-26T12:00:00Z"))
            let scan = try #require(try await store.findScan(named: "s-2026-11-26"))
            #expect(try await store.dropScan(scan.id))
            let run = try #require(try await store.scheduleRuns("s", limit: 9).first)
            #expect(run.scan == "s-2026-11-26")
            #expect(run.scanState == nil)
            #expect(try await store.runDueSchedules(now: moment("2026-11-27T12:00:00Z")).map(\.result) == [.started])
        }
    }
}
