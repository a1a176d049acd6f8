import CensusModel

/// Turns the steps of an import into one line for a terminal or a log. Pure: it has no clock, time comes with each step.
public struct ImportMeter: Sendable {
    private let interval: Double
    /// When the last line was said, and when the copying began, in seconds since the import began.
    private var lastLine = 0.0
    private var copyingSince: Double?

    /// - Parameter interval: Seconds between two lines, and before the first: short imports say nothing.
    public init(interval: Double) { self.interval = interval }

    /// What to say now; nil when that would be too often.
    ///
    /// - Parameter elapsed: seconds since the import began.
    public mutating func line(_ progress: ImportProgress, elapsed: Double) -> String? {
        if case .copying = progress, copyingSince == nil { copyingSince = elapsed }
        var isDue = elapsed - lastLine >= interval
        // The last step has one event only: it is said at once where others were said before it.
        if case .indexing = progress, lastLine > 0 { isDue = true }
        guard isDue else { return nil }
        lastLine = elapsed
        return text(progress, elapsed)
    }

    private func text(_ progress: ImportProgress, _ elapsed: Double) -> String {
        let count = NumberFormat.count
        switch progress {
        case .reading(let names):
            let rate = elapsed > 0 ? Int64(Double(names) / elapsed) : 0
            return "reading: \(count(names)) names, \(count(rate))/s"
        case .copying(let done, let all):
            let spent = elapsed - (copyingSince ?? elapsed)
            let left = done > 0 ? spent / Double(done) * Double(all - done) : 0
            return "copying: \(count(done)) of \(count(all)) domains"
                + (spent > 0 ? ", about \(NumberFormat.duration(max(1, left), whole: true)) left, then the keys" : "")
        case .indexing(let all):
            return "making the keys of \(count(all)) domains"
        }
    }
}
