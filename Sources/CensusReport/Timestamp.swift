import struct Foundation.Date

/// Moments in UTC as RFC 3339 text, without a formatter object: exports write millions of them.
enum Timestamp {
    /// Appends `2014-05-17T08:30:00.250Z`, or without the fraction. Years outside 0…9999 are cut to that range.
    static func append(_ date: Date, milliseconds: Bool, to bytes: inout [UInt8]) {
        let moment = Civil(date)
        appendDigits(moment.year, 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        appendDigits(moment.month, 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        appendDigits(moment.day, 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        appendDigits(moment.hour, 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        appendDigits(moment.minute, 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        appendDigits(moment.second, 2, to: &bytes)
        if milliseconds {
            bytes.append(UInt8(ascii: "."))
            appendDigits(moment.millisecond, 3, to: &bytes)
        }
        bytes.append(UInt8(ascii: "Z"))
    }

    static func text(_ date: Date, milliseconds: Bool = false) -> String {
        var bytes: [UInt8] = []
        append(date, milliseconds: milliseconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `2014-05-17 08:30 UTC`.
    static func minute(_ date: Date) -> String {
        let text = text(date)
        return text.prefix(10) + " " + text.dropFirst(11).prefix(5) + " UTC"
    }

    /// `2014-05-17`.
    static func day(_ date: Date) -> String { String(text(date).prefix(10)) }

    private static func appendDigits(_ value: Int, _ digits: Int, to bytes: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }

    /// The proleptic Gregorian calendar in UTC.
    private struct Civil {
        let year, month, day, hour, minute, second, millisecond: Int

        /// Counts days in years that begin in March, so that the leap day is the last of its year.
        init(_ date: Date) {
            let earliest: Double = -62_167_219_200
            let latest: Double = 253_402_300_799.999
            let seconds = date.timeIntervalSince1970
            let bounded = seconds.isNaN ? 0 : min(max(seconds, earliest), latest)
            // A Date is a binary fraction: without the small addition .250 could fall to .249.
            let total = Int((bounded * 1000 + 0.01).rounded(.down))
            let (days, inDay) = total.quotientAndRemainder(flooredBy: 86_400_000)
            let (era, dayOfEra) = (days + 719_468).quotientAndRemainder(flooredBy: 146_097)
            let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
            let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
            let shifted = (5 * dayOfYear + 2) / 153
            month = shifted < 10 ? shifted + 3 : shifted - 9
            day = dayOfYear - (153 * shifted + 2) / 5 + 1
            year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
            hour = inDay / 3_600_000
            minute = inDay / 60_000 % 60
            second = inDay / 1000 % 60
            millisecond = inDay % 1000
        }
    }
}

extension Int {
    /// Division whose remainder is never negative.
    fileprivate func quotientAndRemainder(flooredBy divisor: Int) -> (Int, Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
