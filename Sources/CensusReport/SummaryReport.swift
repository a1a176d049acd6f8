import CensusModel

/// The forms of a summary.
public enum SummaryFormat: Hashable, Sendable {
    case text(TextStyle)
    case json
    case csv
    case markdown
}

/// The summary of a scan, written out. Each form ends with a line end.
public enum SummaryReport {
    /// Writes `summary`; labels come from `vocabulary`, a code without one stands for itself.
    public static func render(
        _ summary: ScanSummary, as format: SummaryFormat, vocabulary: ReportVocabulary = .init()
    ) -> String {
        let figures = SummaryFigures(summary, vocabulary: vocabulary)
        return switch format {
        case .text(let style): SummaryText(figures: figures, style: style).page()
        case .json: SummaryJSON.document(figures)
        case .csv: SummaryCSV.table(figures)
        case .markdown: SummaryMarkdown.page(figures)
        }
    }
}

/// Sentences that the text and the Markdown form share.
enum SummarySentences {
    /// `list lab · scan 3 · 2014-05-17 08:30 UTC · finished in 42 s`.
    static func subtitle(_ scan: ScanInfo) -> String {
        var parts = ["list \(scan.list)", "scan \(scan.id)", Timestamp.minute(scan.startedAt)]
        if let finished = scan.finishedAt {
            let seconds = finished.timeIntervalSince(scan.startedAt)
            parts.append("\(scan.state.rawValue) in \(NumberFormat.duration(max(0, seconds)))")
        } else {
            parts.append("\(scan.state.rawValue): figures are not final")
        }
        return parts.joined(separator: " · ")
    }

    /// How many of the hosts seen claim STARTTLS, of all, and what the unseen could make of it; nil without any host.
    static func starttls(_ figures: SummaryFigures) -> [String] {
        guard figures.unique.hosts > 0 else { return [] }
        let ofSeen = NumberFormat.percent(figures.offeringOfSeen.hosts)
        let plain = NumberFormat.percent(figures.offeringOfUnique.hosts)
        var first = "STARTTLS: \(ofSeen) of hosts seen"
        if figures.unknown.hosts > 0, let interval = figures.hostsInterval {
            let low = NumberFormat.fixed(interval.low * 100, digits: 1)
            first += "; between \(low) and \(NumberFormat.fixed(interval.high * 100, digits: 1)) %"
            first += " if the unseen were all without or all with"
        }
        return [first + ".", "Plain share of all unique MX hosts, as the 2014 study counts: \(plain)."]
    }
}
