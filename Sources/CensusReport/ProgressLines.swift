import CensusModel

/// The two lines of a progress meter:
///
///     names   ━━━━━━━━━━━━────────  4,812 of 8,000    60 %  1,204/s   42 s, time left unknown until …
///     probes  ━━━━━━──────────────  1,022 of 2,910+   35 %    312/s   2,000 in flight, 12 inconclusive
///
/// In a narrow terminal the remarks get shorter, then the bars go, then the ends of the remarks.
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
        let shortRemark: String

        var fraction: Double { total > 0 ? min(1, Double(done) / Double(total)) : 0 }
        var count: String { "\(NumberFormat.count(done)) of \(NumberFormat.count(total))\(grows ? "+" : "")" }
        /// Rounded down: 100 % is only said when it is true.
        var percent: String { total > 0 ? "\(Int(fraction * 100)) %" : "–" }
    }

    /// Nil before the first sample.
    init?(_ meter: ProgressMeter, _ style: TextStyle) {
        guard let sample = meter.sample else { return nil }
        let progress = sample.progress
        let inFlight = "\(NumberFormat.count(Int64(sample.inFlight))) in flight"
        let inconclusive = NumberFormat.count(sample.inconclusive)
        let dead = progress.deadBatches > 0 ? ", \(NumberFormat.count(progress.deadBatches)) batches given up" : ""
        let elapsed = NumberFormat.duration(sample.elapsed, whole: true)
        let resolving = progress.domainsResolved < progress.domains
        lines = Self.layOut(
            [
                Row(
                    name: "names", done: progress.domainsResolved, total: progress.domains, grows: false,
                    rate: resolving ? meter.domainRate : nil,
                    remark: "\(elapsed), \(meter.timeLeftText)", shortRemark: "\(elapsed), \(meter.shortTimeLeftText)"),
                Row(
                    name: "probes", done: progress.targetsDone, total: progress.targets,
                    grows: resolving, rate: progress.complete ? nil : meter.probeRate,
                    remark: "\(inFlight), \(inconclusive) inconclusive\(dead)",
                    shortRemark: "\(inFlight), \(inconclusive) unseen\(dead)"),
            ], style)
    }

    /// Columns under which a bar says too little.
    private static let shortestBar = 6

    private static func layOut(_ rows: [Row], _ style: TextStyle) -> [String] {
        // The last column stays free: a full line would make some terminals wrap.
        let room = style.width - 1
        let counts = rows.map { TextLayout.width($0.count) }.max() ?? 0
        let rates = rows.map { $0.rate.map(ProgressMeter.rate) ?? "" }
        let rateWidth = rates.map(TextLayout.width).max() ?? 0
        let numbers = 8 + counts + 2 + 5 + (rateWidth > 0 ? rateWidth + 2 : 0)
        let spare = room - numbers - 3
        let long = rows.map { TextLayout.width($0.remark) }.max() ?? 0
        let short = rows.map { TextLayout.width($0.shortRemark) }.max() ?? 0
        let isLong = spare - long >= Self.shortestBar + 6
        let forBar = spare - (isLong ? long : short) - 2
        let bar = forBar >= Self.shortestBar ? min(30, forBar) : 0
        return zip(rows, rates).map { row, rate in
            var line = TextLayout.padRight(row.name, 8)
            if bar > 0 { line += Self.bar(row, bar, style) + "  " }
            line += TextLayout.padRight(row.count, counts) + "  " + TextLayout.padLeft(row.percent, 5)
            if rateWidth > 0 { line += "  " + TextLayout.padLeft(rate, rateWidth) }
            let left = spare - (bar > 0 ? bar + 2 : 0)
            guard left >= 8 else { return line }
            return line + "   " + style.paint(TextLayout.truncate(isLong ? row.remark : row.shortRemark, left), .dim)
        }
    }

    private static func bar(_ row: Row, _ width: Int, _ style: TextStyle) -> String {
        let filled = Int(row.fraction * Double(width))
        return style.paint(String(repeating: "━", count: filled), .green)
            + style.paint(String(repeating: "─", count: width - filled), .dim)
    }
}
