import ArgumentParser
import Foundation

/// A moment on the command line: an ISO 8601 date or timestamp, in UTC unless it says otherwise.
struct UTCDate: ExpressibleByArgument, Hashable {
    let date: Date

    /// `2026-12-15`, `2026-12-15T08:30`, `2026-12-15 08:30:00Z`, `2026-12-15T08:30:00.5+01:00`. Nil for anything else, and for
    /// dates that the calendar does not have.
    init?(argument: String) {
        let pattern =
            /([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?/
        guard let match = argument.wholeMatch(of: pattern)?.output else { return nil }
        var parts = DateComponents(year: Int(match.1), month: Int(match.2), day: Int(match.3))
        parts.hour = match.4.flatMap { Int($0) } ?? 0
        parts.minute = match.5.flatMap { Int($0) } ?? 0
        parts.second = match.6.flatMap { Int($0) } ?? 0
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        guard let hour = parts.hour, let minute = parts.minute, let second = parts.second, hour < 24, minute < 60,
            second < 60, let offset = Self.seconds(of: match.8 ?? "Z"), let date = calendar.date(from: parts)
        else { return nil }
        // The calendar takes the 31st of February for a day in March.
        let found = calendar.dateComponents([.year, .month, .day], from: date)
        guard found.year == parts.year, found.month == parts.month, found.day == parts.day else { return nil }
        self.date = date + (match.7.flatMap { Double("0\($0)") } ?? 0) - offset
    }

    /// Of `Z` or `+01:00`.
    private static func seconds(of zone: Substring) -> Double? {
        guard zone != "Z" else { return 0 }
        let digits = zone.dropFirst().filter { $0 != ":" }
        guard let hours = Double(digits.prefix(2)), let minutes = Double(digits.suffix(2)), hours < 24, minutes < 60
        else { return nil }
        return (hours * 3600 + minutes * 60) * (zone.hasPrefix("-") ? -1 : 1)
    }
}
