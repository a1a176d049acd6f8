/// When a schedule runs: every so many hours, days, weeks or months, at a time of the day.
public struct ScheduleRule: Hashable, Sendable {
    /// What is counted.
    public enum Unit: String, Hashable, Sendable, CaseIterable {
        case hour, day, week, month
    }

    /// Every so many units, 1…1000.
    public let count: Int
    /// What is counted.
    public let unit: Unit
    /// Of weeks: 1 (Monday) to 7; of months: 1 to 31, where a shorter month has its last day; nil of hours and days.
    public let day: Int?
    /// Minutes since midnight by the clock of the schedule's time zone; of hours: 0…59.
    public let minute: Int

    /// A rule of these values, as the database holds it.
    public init(count: Int, unit: Unit, day: Int?, minute: Int) {
        self.count = count
        self.unit = unit
        self.day = day
        self.minute = minute
    }

    /// Reads what a person wrote.
    ///
    /// - Parameters:
    ///   - every: `hour`, `day`, `week` or `month`, or a number of them: `2 weeks`.
    ///   - at: of hours `:15`; of days `03:00`; of weeks `Sunday 03:00`; of months `1 03:00`.
    /// - Throws: `ScheduleRuleError`.
    public init(every: String, at: String) throws(ScheduleRuleError) {
        (count, unit) = try Self.interval(every)
        (day, minute) = try Self.moment(at, of: unit)
    }

    /// `week`, `2 weeks`.
    public var everyText: String { count == 1 ? unit.rawValue : "\(count) \(unit.rawValue)s" }

    /// `:15`, `03:00`, `Sunday 03:00`, `1 03:00`.
    public var atText: String {
        let time = Self.padded(minute / 60) + ":" + Self.padded(minute % 60)
        return switch unit {
        case .hour: ":" + Self.padded(minute % 60)
        case .day: time
        case .week:
            (day.flatMap { Self.weekdays.indices.contains($0 - 1) ? Self.weekdays[$0 - 1] : nil } ?? "?") + " " + time
        case .month: "\(day ?? 0) \(time)"
        }
    }

    private static let weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    private static let counts = 1...1000

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func words(_ text: String) -> [Substring] { text.split { $0 == " " || $0 == "\t" } }

    /// Up to four digits and nothing else.
    private static func number(_ text: some StringProtocol) -> Int? {
        (1...4).contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) } ? Int(text) : nil
    }

    private static func interval(_ text: String) throws(ScheduleRuleError) -> (Int, Unit) {
        let words = words(text.lowercased())
        guard let last = words.last, words.count <= 2,
            let unit = Unit.allCases.first(where: { last == $0.rawValue || last == $0.rawValue + "s" })
        else {
            throw ScheduleRuleError("--every '\(shown(text))' is no interval: \(everyForms).")
        }
        guard words.count == 2 else {
            if last != unit.rawValue {
                throw ScheduleRuleError("--every '\(shown(text))' lacks a number: \(everyForms).")
            }
            return (1, unit)
        }
        guard let count = number(words[0]), counts.contains(count) else {
            throw ScheduleRuleError("--every '\(shown(text))': the number must be between 1 and \(counts.upperBound).")
        }
        return (count, unit)
    }

    private static let everyForms = "it is 'hour', 'day', 'week' or 'month', or a number of them, such as '2 weeks'"

    private static func moment(_ text: String, of unit: Unit) throws(ScheduleRuleError) -> (Int?, Int) {
        var words = words(text)
        let wrong = ScheduleRuleError("--at '\(shown(text))' does not suit --every \(unit.rawValue): \(atForm(unit)).")
        var day: Int?
        if unit == .week || unit == .month {
            guard words.count == 2 else { throw wrong }
            let first = words.removeFirst()
            day = unit == .week ? weekday(first) : number(first).flatMap { (1...31).contains($0) ? $0 : nil }
            if day == nil { throw wrong }
        }
        guard words.count == 1, let minute = minutes(words[0], withHours: unit != .hour) else { throw wrong }
        return (day, minute)
    }

    private static func atForm(_ unit: Unit) -> String {
        switch unit {
        case .hour: "it is the minute, ':00' to ':59'"
        case .day: "it is the time of the day, '00:00' to '23:59'"
        case .week: "it is a day of the week and a time, such as 'Sunday 03:00'"
        case .month:
            "it is the day of the month, 1 to 31, and a time, such as '1 03:00'; a shorter month has its last day"
        }
    }

    /// `Sunday` or `Sun`, whatever the case.
    private static func weekday(_ word: Substring) -> Int? {
        let word = word.lowercased()
        return weekdays.firstIndex { $0.lowercased() == word || $0.lowercased().prefix(3) == word }.map { $0 + 1 }
    }

    /// `03:00`, or `:15` without hours.
    private static func minutes(_ text: Substring, withHours: Bool) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.count == 2, let minute = number(parts[1]), minute < 60 else { return nil }
        guard withHours else { return parts[0].isEmpty ? minute : nil }
        guard parts[0].utf8.count <= 2, let hour = number(parts[0]), hour < 24 else { return nil }
        return hour * 60 + minute
    }

    private static func shown(_ text: String) -> String { EscapedText.escape(text.utf8.prefix(100)) }
}

/// What a person wrote is no rule of a schedule.
public struct ScheduleRuleError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, and what is allowed.
    public let description: String

    init(_ description: String) { self.description = description }
}
