/// Numbers as people read them, without any locale: the same output on every machine.
enum NumberFormat {
    /// `1234567` as `1,234,567`.
    static func count(_ value: Int64) -> String {
        var digits = Array(String(value.magnitude).utf8)
        var position = digits.count - 3
        while position > 0 {
            digits.insert(UInt8(ascii: ","), at: position)
            position -= 3
        }
        return (value < 0 ? "-" : "") + String(decoding: digits, as: UTF8.self)
    }

    /// A mail volume: whole numbers like counts; small ones (lists may be weighted by shares) keep a fraction.
    static func volume(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        guard value.magnitude < 9e18 else { return "\(value)" }
        let rounded = value.rounded()
        if rounded == value || value.magnitude >= 1000 { return count(Int64(rounded)) }
        if value.magnitude < 0.0001 { return "\(value)" }
        let text = fixed(value, digits: value.magnitude >= 1 ? 2 : 4)
        let digits = text.reversed().drop { $0 == "0" }
        return String(digits.drop { $0 == "." }.reversed())
    }

    /// A share from 0 to 1 as `76.1 %`. A share that is not quite nothing or not quite all never reads as if it were;
    /// nil, a share of nothing, is a dash.
    static func percent(_ share: Double?) -> String {
        guard let share, share.isFinite else { return "–" }
        if share > 0, share < 0.0005 { return "<0.1 %" }
        if share < 1, share > 0.9995 { return ">99.9 %" }
        return fixed(share * 100, digits: 1) + " %"
    }

    /// `value` with exactly `digits` decimals, rounded half away from zero.
    static func fixed(_ value: Double, digits: Int) -> String {
        var scale: Double = 1
        for _ in 0..<digits { scale *= 10 }
        let scaled = (value.magnitude * scale).rounded()
        guard scaled.isFinite, scaled < 9e18 else { return "\(value)" }
        let whole = Int64(scaled)
        let sign = value < 0 && whole != 0 ? "-" : ""
        guard digits > 0 else { return sign + String(whole) }
        let fraction = String(whole % Int64(scale))
        return sign + String(whole / Int64(scale)) + "." + String(repeating: "0", count: digits - fraction.utf8.count)
            + fraction
    }

    /// Seconds as `0.8 s`, `42 s`, `3 min 20 s`, `2 h 5 min` or `3 d 4 h`: the two largest units. `whole` leaves out tenths,
    /// for text that changes while it is read.
    static func duration(_ seconds: Double, whole wholeSeconds: Bool = false) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 9e15 else { return "–" }
        if seconds < 10, !wholeSeconds { return fixed(seconds, digits: 1) + " s" }
        let whole = Int64(seconds.rounded())
        let units: [(length: Int64, name: String)] = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")]
        guard let first = units.firstIndex(where: { whole >= $0.length }) else { return "0 s" }
        var parts = ["\(whole / units[first].length) \(units[first].name)"]
        if first + 1 < units.count {
            let rest = whole % units[first].length / units[first + 1].length
            if rest > 0 { parts.append("\(rest) \(units[first + 1].name)") }
        }
        return parts.joined(separator: " ")
    }

    /// `1 host`, `2 hosts`.
    static func counted(_ value: Int64, _ singular: String, _ plural: String? = nil) -> String {
        count(value) + " " + (value == 1 ? singular : plural ?? singular + "s")
    }
}
