import CensusModel
import Testing

@Suite("Rules of schedules")
struct ScheduleRuleTests {
    @Test(
        "What a person may write, and how it is shown",
        arguments: [
            ("hour", ":15", "hour", ":15"), ("6 hours", ":05", "6 hours", ":05"), ("day", "03:00", "day", "03:00"),
            ("Day", "3:00", "day", "03:00"), ("1 day", "23:59", "day", "23:59"),
            ("10 days", "00:00", "10 days", "00:00"),
            ("week", "Sunday 03:00", "week", "Sunday 03:00"), ("2 weeks", "tue 3:07", "2 weeks", "Tuesday 03:07"),
            (" 2  weeks ", " SATURDAY   03:00 ", "2 weeks", "Saturday 03:00"), ("month", "1 03:00", "month", "1 03:00"),
            ("1000 months", "31 03:00", "1000 months", "31 03:00"),
        ])
    func forms(every: String, at: String, everyText: String, atText: String) throws {
        let rule = try ScheduleRule(every: every, at: at)
        #expect(rule.everyText == everyText)
        #expect(rule.atText == atText)
        #expect(try ScheduleRule(every: everyText, at: atText) == rule)
    }

    @Test("Monday is the first day of the week, and Sunday the seventh, as in ISO 8601")
    func weekdays() throws {
        #expect(try ScheduleRule(every: "week", at: "Monday 03:00").day == 1)
        #expect(try ScheduleRule(every: "week", at: "Sunday 03:00").day == 7)
        #expect(try ScheduleRule(every: "week", at: "Sunday 03:10").minute == 190)
    }

    @Test(
        "What is no interval is told, with what is allowed",
        arguments: [
            "", "fortnight", "0 days", "1001 days", "-1 days", "weeks", "2 2 weeks", "1.5 days", "٣ days", "1e3 days",
        ])
    func interval(every: String) throws {
        let error = #expect(throws: ScheduleRuleError.self) { try ScheduleRule(every: every, at: "03:00") }
        #expect(error?.description.hasPrefix("--every") == true)
    }

    @Test(
        "What does not suit the interval is told, with what does",
        arguments: [
            ("hour", "03:00", "':00' to ':59'"), ("hour", ":60", "':00' to ':59'"), ("hour", "", "':00' to ':59'"),
            ("day", "24:00", "'23:59'"), ("day", "3", "'23:59'"), ("day", "03:0", "'23:59'"),
            ("day", "+3:00", "'23:59'"),
            ("day", "Sunday 03:00", "'23:59'"), ("day", "003:00", "'23:59'"), ("day", "03:00:00", "'23:59'"),
            ("week", "03:00", "'Sunday 03:00'"), ("week", "Sun", "'Sunday 03:00'"),
            ("week", "Su 03:00", "'Sunday 03:00'"),
            ("week", "7 03:00", "'Sunday 03:00'"), ("month", "0 03:00", "1 to 31"), ("month", "32 03:00", "1 to 31"),
            ("month", "03:00", "1 to 31"), ("month", "last 03:00", "1 to 31"),
        ])
    func time(every: String, at: String, allowed: String) throws {
        let error = #expect(throws: ScheduleRuleError.self) { try ScheduleRule(every: every, at: at) }
        #expect(error?.description.hasPrefix("--at") == true)
        #expect(error?.description.contains(allowed) == true)
    }

    @Test("What is told back is escaped and short")
    func hostile() throws {
        let error = #expect(throws: ScheduleRuleError.self) {
            try ScheduleRule(every: "\u{1b}[31m" + String(repeating: "x", count: 100_000), at: "03:00")
        }
        #expect(error?.description.contains("\u{1b}") == false)
        #expect(error.map { $0.description.utf8.count < 400 } == true)
    }
}
