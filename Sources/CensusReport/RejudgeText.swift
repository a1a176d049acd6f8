import CensusModel

/// The page of `mxcensus rejudge` for a terminal.
struct RejudgeText {
    let head: RejudgeHead
    let summary: RejudgeSummary
    let examples: [RejudgedRow]
    let style: TextStyle

    func page() -> String {
        var lines = PageLines(style: style)
        lines.heading("Judged again: \(head.scan.name)")
        lines.item("trust store", head.trustStore)
        lines.item("as of", head.time.map { Timestamp.text($0) } ?? "each probe's own time")
        lines.blank()
        lines.paragraph(RejudgeWriter.sentence(summary))
        transitions(&lines)
        findings(&lines)
        rows(&lines)
        return lines.text
    }

    /// The largest first.
    static func ordered(
        _ transitions: [RejudgeSummary.Transition: Weights]
    ) -> [(RejudgeSummary.Transition, Weights)] {
        transitions.map { ($0.key, $0.value) }.sorted { left, right in
            if left.1.hosts != right.1.hosts { return left.1.hosts > right.1.hosts }
            return (left.0.from, left.0.to) < (right.0.from, right.0.to)
        }
    }

    private func transitions(_ lines: inout PageLines) {
        guard !summary.transitions.isEmpty else { return }
        lines.blank()
        table(
            &lines, ["from", "to", "hosts", "domains", "volume"],
            Self.ordered(summary.transitions).map { transition, weights in
                [
                    Self.words(transition.from), Self.words(transition.to), NumberFormat.count(weights.hosts),
                    NumberFormat.count(weights.domains), NumberFormat.volume(weights.volume),
                ]
            }, texts: 2)
    }

    private func findings(_ lines: inout PageLines) {
        guard !summary.findings.isEmpty else { return }
        lines.blank()
        table(
            &lines, ["finding, by hosts", "gained", "lost"],
            Finding.allCases.compactMap { finding in
                summary.findings[finding].map {
                    [finding.rawValue, NumberFormat.count($0.gained), NumberFormat.count($0.lost)]
                }
            }, texts: 1)
    }

    private func rows(_ lines: inout PageLines) {
        guard !examples.isEmpty else { return }
        lines.blank()
        let rest = summary.changedAttempts - Int64(examples.count)
        lines.heading(
            rest > 0
                ? "The first \(examples.count) of \(NumberFormat.count(summary.changedAttempts)) changes (all: --format csv or jsonl)"
                : "Changes")
        for row in examples {
            let from = Self.words(.init(row.before))
            let to = Self.words(.init(row.after))
            var text = from == to ? "\(from), with other findings" : "\(from) → \(to)"
            if let error = row.after.error, from != to { text += ": \(error)" }
            if !row.final { text += " (not the final attempt)" }
            lines.paragraph("\(row.host) [\(row.target.address)]")
            lines.paragraph(text, indent: 4, .dim)
        }
    }

    private static func words(_ state: RejudgeSummary.State) -> String {
        state.outcome.rawValue + (state.conclusive ? "" : " (not seen)")
    }

    /// Columns of text to the left, of numbers to the right, as wide as they need be. All cells are our own words.
    private func table(_ lines: inout PageLines, _ heads: [String], _ rows: [[String]], texts: Int) {
        let widths = heads.indices.map { column in
            ([heads] + rows).map { TextLayout.width($0[column]) }.max() ?? 0
        }
        for (index, row) in ([heads] + rows).enumerated() {
            let cells = row.indices.map { column in
                column < texts
                    ? TextLayout.padRight(row[column], widths[column])
                    : TextLayout.padLeft(row[column], widths[column])
            }
            lines.row(cells.joined(separator: "  "), index == 0 ? .dim : nil)
        }
    }
}
