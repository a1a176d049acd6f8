import CensusModel

/// The two lines of a progress meter:
///
///     names   ━━━━━━━━━━━━────────  4,812 of 8,000    60 %  1,204/s   42 s, time left unknown until …
///     probes  ━━━━━━──────────────  1,022 of 2,910+   35 %    312/s   2,000 in flight, 12 inconclusive
///
/// What does not fit goes in this order: the end of the remarks, then the bars.
struct ProgressLines {
    let lines: [String]

    private struct Row {
        let name: String
        let done: Int64
        let total: Int64
        /// More are still being found.
        let grows: Bool
        let rate: Double?
        let remark: String

        var fraction: Double { total > 0 ? min(1, Double(done) / Double(total)) : 0 }
        var count: String { "\(NumberFormat.count(done)) of \(NumberFormat.count(total))\(grows ? "+" : "")" }
        /// Rounded down: 100 % is only said when it is true.
        var percent: String { total > 0 ? "\(Int(fraction * 100)) %" : "–" }
    }

    /// Nil before the first sample.
    init?(_ meter: ProgressMeter, _ style: TextStyle) {
        guard let sample = meter.sample else { return nil }
        let progress = sample.progress
        var probing = "\(NumberFormat.count(Int64(sample.inFlight))) in flight"
        probing += ", \(NumberFormat.count(sample.inconclusive)) inconclusive"
        if progress.deadBatches > 0 { probing += ", \(NumberFormat.count(progress.deadBatches)) batches given up" }
        let resolving = progress.domainsResolved < progress.domains
        lines = Self.layOut(
            [
                Row(
                    name: "names", done: progress.domainsResolved, total: progress.domains, grows: false,
                    rate: resolving ? meter.domainRate : nil,
                    remark: "\(NumberFormat.duration(sample.elapsed)), \(meter.timeLeftText)"),
                Row(
                    name: "probes", done: progress.targetsDone, total: progress.targets,
                    grows: resolving, rate: progress.complete ? nil : meter.probeRate, remark: probing),
            ], style)
    }

    private static func layOut(_ rows: [Row], _ style: TextStyle) -> [String] {
        // The last column stays free: a full line would make some terminals wrap.
        let room = style.width - 1
        let counts = rows.map { TextLayout.width($0.count) }.max() ?? 0
        let rates = rows.map { $0.rate.map(ProgressMeter.rate) ?? "" }
        let rateWidth = rates.map(TextLayout.width).max() ?? 0
        let numbers = 8 + counts + 2 + 5 + (rateWidth > 0 ? rateWidth + 2 : 0)
        let remarks = rows.map { TextLayout.width($0.remark) }.max() ?? 0
        let spare = room - numbers - 3 - remarks
        let bar = spare >= 12 ? min(30, spare - 2) : room - numbers >= 40 ? 10 : 0
        return zip(rows, rates).map { row, rate in
            var line = TextLayout.padRight(row.name, 8)
            if bar > 0 { line += Self.bar(row, bar, style) + "  " }
            line += TextLayout.padRight(row.count, counts) + "  " + TextLayout.padLeft(row.percent, 5)
            if rateWidth > 0 { line += "  " + TextLayout.padLeft(rate, rateWidth) }
            let left = room - numbers - (bar > 0 ? bar + 2 : 0) - 3
            guard left >= 8 else { return line }
            return line + "   " + style.paint(TextLayout.truncate(row.remark, left), .dim)
        }
    }

    private static func bar(_ row: Row, _ width: Int, _ style: TextStyle) -> String {
        let filled = Int(row.fraction * Double(width))
        return style.paint(String(repeating: "━", count: filled), .green)
            + style.paint(String(repeating: "─", count: width - filled), .dim)
    }
}
