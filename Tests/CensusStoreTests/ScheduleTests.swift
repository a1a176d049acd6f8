import CensusModel
import DatabaseTestSupport
import Foundation
import PostgresClient
import Testing

@testable import CensusStore

/// Moments were computed with Python's zoneinfo, which has the same time zone database but its own arithmetic.
@Suite("Schedules")
struct ScheduleTests {
    // MARK: - Moments

    struct Series: Sendable, CustomTestStringConvertible {
        let every: String
        let at: String
        let zone: String
        /// When it is added.
        let now: String
        let moments: [String]

        var testDescription: String { "every \(every) at \(at) in \(zone)" }
    }

    private static let acrossChanges = [
        Series(
            every: "day", at: "03:00", zone: "Europe/Zurich", now: "2027-03-26T12:00:00Z",
            moments: ["2027-03-27T02:00:00Z", "2027-03-28T01:00:00Z", "2027-03-29T01:00:00Z"]),
        // 02:30 does not exist on the 28th: an hour later by the clock.
        Series(
            every: "day", at: "02:30", zone: "Europe/Zurich", now: "2027-03-26T12:00:00Z",
            moments: ["2027-03-27T01:30:00Z", "2027-03-28T01:30:00Z", "2027-03-29T00:30:00Z"]),
        // 02:30 comes twice on the 31st: once, the second time.
        Series(
            every: "day", at: "02:30", zone: "Europe/Zurich", now: "2027-10-29T12:00:00Z",
            moments: ["2027-10-30T00:30:00Z", "2027-10-31T01:30:00Z", "2027-11-01T01:30:00Z"]),
        Series(
            every: "week", at: "Sunday 03:00", zone: "Europe/Zurich", now: "2027-10-20T12:00:00Z",
            moments: ["2027-10-24T01:00:00Z", "2027-10-31T02:00:00Z", "2027-11-07T02:00:00Z"]),
        Series(
            every: "day", at: "02:30", zone: "Australia/Sydney", now: "2027-10-01T00:00:00Z",
            moments: ["2027-10-01T16:30:00Z", "2027-10-02T16:30:00Z", "2027-10-03T15:30:00Z"]),
        Series(
            every: "day", at: "02:30", zone: "Australia/Sydney", now: "2027-04-02T00:00:00Z",
            moments: ["2027-04-02T15:30:00Z", "2027-04-03T16:30:00Z", "2027-04-04T16:30:00Z"]),
        Series(
            every: "week", at: "sun 03:00", zone: "australia/sydney", now: "2027-03-25T00:00:00Z",
            moments: ["2027-03-27T16:00:00Z", "2027-04-03T17:00:00Z", "2027-04-10T17:00:00Z"]),
        // Hours are elapsed time: 02:15 comes twice, and so does the run.
        Series(
            every: "hour", at: ":15", zone: "Europe/Zurich", now: "2027-10-30T23:00:00Z",
            moments: [
                "2027-10-30T23:15:00Z", "2027-10-31T00:15:00Z", "2027-10-31T01:15:00Z", "2027-10-31T02:15:00Z",
            ]),
    ]

    private static let acrossMonths = [
        Series(
            every: "month", at: "31 23:00", zone: "Europe/Zurich", now: "2028-01-10T00:00:00Z",
            moments: ["2028-01-31T22:00:00Z", "2028-02-29T22:00:00Z", "2028-03-31T21:00:00Z", "2028-04-30T21:00:00Z"]),
        Series(
            every: "month", at: "29 23:00", zone: "Europe/Zurich", now: "2027-02-01T00:00:00Z",
            moments: ["2027-02-28T22:00:00Z", "2027-03-29T21:00:00Z"]),
        // Added after this month's moment: the first is next month's.
        Series(
            every: "3 months", at: "1 03:00", zone: "UTC", now: "2026-11-25T12:00:00Z",
            moments: ["2026-12-01T03:00:00Z", "2027-03-01T03:00:00Z", "2027-06-01T03:00:00Z"]),
        Series(
            every: "day", at: "12:00", zone: "UTC", now: "2028-02-28T00:00:00Z",
            moments: ["2028-02-28T12:00:00Z", "2028-02-29T12:00:00Z", "2028-03-01T12:00:00Z"]),
        // 2026-11-25 is a Wednesday.
        Series(
            every: "2 weeks", at: "Wednesday 12:00", zone: "UTC", now: "2026-11-25T12:00:00Z",
            moments: ["2026-12-02T12:00:00Z", "2026-12-16T12:00:00Z", "2026-12-30T12:00:00Z"]),
        Series(
            every: "2 weeks", at: "Wednesday 12:01", zone: "UTC", now: "2026-11-25T12:00:00Z",
            moments: ["2026-11-25T12:01:00Z", "2026-12-09T12:01:00Z"]),
        Series(
            every: "10 days", at: "00:00", zone: "UTC", now: "2026-12-25T12:00:00Z",
            moments: ["2026-12-26T00:00:00Z", "2027-01-05T00:00:00Z"]),
        Series(
            every: "6 hours", at: ":30", zone: "Asia/Kathmandu", now: "2026-11-25T00:00:00Z",
            moments: ["2026-11-25T00:45:00Z", "2026-11-25T06:45:00Z"]),
    ]

    @Test("Days and weeks keep their time by the clock when daylight saving begins or ends", arguments: acrossChanges)
    func daylightSaving(series: Series) async throws { try await check(series) }

    @Test("Months are clipped to their last day, intervals count from the first moment", arguments: acrossMonths)
    func months(series: Series) async throws { try await check(series) }

    private func check(_ series: Series) async throws {
        try await withStore { store in
            try await store.addTestSchedule(every: series.every, at: series.at, zone: series.zone, now: series.now)
            var found = [try #require(try await store.schedule(named: "s")?.nextAt)]
            while found.count < series.moments.count {
                var row = try await store.query(
                    "SELECT census.next_run(s, $1) FROM census.schedule s", [Parameter(found[found.count - 1])]
                ).one()
                found.append(try row.next())
            }
            #expect(found == series.moments.map(moment))
        }
    }

    @Test("Of a moment itself, the next one comes after it")
    func strictlyAfter() async throws {
        try await withStore { store in
            try await store.addTestSchedule(every: "day", at: "12:00", now: "2026-11-25T12:00:00Z")
            #expect(try await store.schedule(named: "s")?.nextAt == moment("2026-11-26T12:00:00Z"))
        }
    }

    // MARK: - Adding

    @Test(
        "A scan has the settings, the trust store and the limit of its schedule, and the date of its time zone as name")
    func definition() async throws {
        try await withStore { store in
            let settings = ScanSettings(port: 2525, ehloName: "scanner.example", retries: 7, secondLookShare: 0.25)
            try await store.addTestSchedule(
                every: "day", at: "00:30", zone: "Pacific/Auckland", now: "2026-11-25T00:00:00Z", settings: settings,
                limit: 1)
            // 11:30 in Greenwich is half past midnight in Auckland, which is 13 hours ahead in its summer.
            let run = try await store.runDueSchedules(now: moment("2026-11-25T11:30:00Z"))
            #expect(run.map(\.scan) == ["s-2026-11-26"])
            let scan = try #require(try await store.findScan(named: "s-2026-11-26"))
            let definition = try await store.scanDefinition(scan.id)
            #expect(definition.settings == settings)
            #expect(definition.trustStorePEM == [1, 2, 3])
            #expect(try await store.progress(scan.id).domains == 1)
        }
    }

    @Test("No such list, no such time zone and a name that is taken are told, and nothing is added")
    func refusals() async throws {
        try await withStore { store in
            try await store.addTestSchedule()
            let now = "2026-11-25T12:00:00Z"
            let list = await #expect(throws: StoreError.self) {
                try await store.addTestSchedule("t", list: "nowhere", now: now)
            }
            #expect(list?.sqlState == "MX002")
            let zone = await #expect(throws: StoreError.self) {
                try await store.addTestSchedule("t", zone: "zurich", now: now)
            }
            #expect(zone?.sqlState == "MX006")
            #expect(zone?.description.contains("Europe/Zurich") == true)
            let name = await #expect(throws: StoreError.self) { try await store.addTestSchedule() }
            #expect(name?.sqlState == "MX003")
            #expect(try await store.schedules().map(\.name) == ["s"])
        }
    }

    @Test("Settings of a schedule are shown as they were given, the time zone as it is spelt")
    func shown() async throws {
        try await withStore { store in
            try await store.addTestSchedule(every: "2 weeks", at: "sun 3:00", zone: "europe/zurich")
            let schedule = try #require(try await store.schedules().first)
            #expect(schedule.rule.everyText == "2 weeks")
            #expect(schedule.rule.atText == "Sunday 03:00")
            #expect(schedule.timeZone == "Europe/Zurich")
            #expect(schedule.list == "list")
            #expect(schedule.lastResult == nil)
            #expect(try await store.schedule(named: "other") == nil)
        }
    }
}

func moment(_ text: String) -> Date {
    guard let date = try? Date(text, strategy: .iso8601) else { preconditionFailure("no time: \(text)") }
    return date
}

extension Store {
    /// A schedule of the list `list` with two domains; daily at noon, Greenwich.
    func addTestSchedule(
        _ name: String = "s", list: String = "list", every: String = "day", at: String = "12:00", zone: String = "UTC",
        now: String = "2026-11-25T12:00:00Z", settings: ScanSettings = quickSettings, limit: Int? = nil
    ) async throws {
        try await importDomains("list", [("a.example", 1), ("b.example", 1)])
        try await addSchedule(
            NewSchedule(
                name: name, list: list, rule: try ScheduleRule(every: every, at: at), timeZone: zone,
                settings: settings, trustStorePEM: [1, 2, 3], limit: limit),
            now: moment(now))
    }

    /// Ends all scans.
    func endScans() async throws {
        try await query("UPDATE census.scan SET state = 'finished', finished_at = now() WHERE finished_at IS NULL")
    }
}
