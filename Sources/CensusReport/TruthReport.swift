import CensusModel

/// A summary set beside what a perfect scan must find.
public enum TruthReport {
    /// A table of found, expected and difference per row, and a plain sentence at the end whether all are equal. The table
    /// counts hosts, or domains where there are no hosts; a weight beside those that differs has a line of its own.
    public static func render(
        found: ScanSummary, expected: ScanSummary, sections: Set<SummarySection> = Set(SummarySection.allCases),
        style: TextStyle, vocabulary: ReportVocabulary = .init()
    ) -> String {
        let difference = SummaryDifference(
            found: found, expected: expected, sections: sections, vocabulary: vocabulary)
        let table = TruthTable(difference: difference, style: style)
        var lines = [style.paint("Found, beside the truth", .bold)]
        for section in SummarySection.allCases where sections.contains(section) {
            let rows = difference.rows.filter { $0.section == section }
            if !rows.isEmpty { lines += [""] + table.lines(section, rows) }
        }
        lines.append("")
        let face: TextStyle.Face = difference.isEqual ? .green : .red
        lines += TextLayout.wrap(sentence(difference), style.width).map { style.paint($0, face) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Whether all is equal, and in what.
    static func sentence(_ difference: SummaryDifference) -> String {
        let total = Int64(difference.rows.count)
        let unequal = Int64(difference.rows.count { !$0.isEqual })
        guard total > 0 else { return "Nothing was compared: neither side has a row." }
        guard unequal > 0 else {
            return
                "Equal: \(total == 1 ? "the one row is" : "all \(NumberFormat.count(total)) rows are") exactly what the"
                + " truth expects, in hosts, domains and mail volume."
        }
        return "Not equal: \(NumberFormat.count(unequal)) of \(NumberFormat.counted(total, "row"))"
            + " \(unequal == 1 ? "differs" : "differ") from the truth."
    }
}

private struct TruthTable {
    let style: TextStyle
    private let widths: [Int]
    private let labelWidth: Int

    init(difference: SummaryDifference, style: TextStyle) {
        self.style = style
        let lines = [["found", "expected", "difference"]] + difference.rows.map(Self.cells)
        let widths = (0..<3).map { column in lines.map { TextLayout.width($0[column]) }.max() ?? 0 }
        let longest = difference.rows.map { TextLayout.width(TextLayout.visible($0.label)) + 2 }.max() ?? 0
        self.widths = widths
        labelWidth = max(16, min(max(longest, 24), style.width - widths.reduce(0) { $0 + $1 + 2 }))
    }

    func lines(_ section: SummarySection, _ rows: [SummaryDifference.Row]) -> [String] {
        let title = Self.title(section)
        let padding = String(repeating: " ", count: max(0, labelWidth - title.count))
        let head = style.paint(title, .bold) + style.paint(padding + cells(["found", "expected", "difference"]), .dim)
        return [head] + rows.flatMap(lines)
    }

    private func lines(_ row: SummaryDifference.Row) -> [String] {
        let label = TextLayout.wrap(TextLayout.visible(row.label), labelWidth - 2)
        var lines = label.dropLast().map { "  " + $0 }
        let last = TextLayout.padRight("  " + (label.last ?? ""), labelWidth) + cells(Self.cells(row))
        lines.append(row.isEqual ? last : style.paint(last, .red))
        return lines + details(row).flatMap { TextLayout.wrap($0, style.width - 4) }.map { "    " + $0 }
    }

    /// What differs beside the weight that the table counts.
    private func details(_ row: SummaryDifference.Row) -> [String] {
        var details: [String] = []
        if !Self.countsDomains(row.section), row.found.domains != row.expected.domains {
            let (found, expected) = (NumberFormat.count(row.found.domains), NumberFormat.count(row.expected.domains))
            details.append("domains: found \(found), expected \(expected)")
        }
        if !row.equalVolume {
            details.append("mail volume: found \(exact(row.found.volume)), expected \(exact(row.expected.volume))")
        }
        if let remark = row.remark { details.append(remark) }
        return details
    }

    /// A volume with all its digits where rounding could hide the difference.
    private func exact(_ volume: Double) -> String {
        volume == volume.rounded() ? NumberFormat.volume(volume) : "\(volume)"
    }

    private func cells(_ cells: [String]) -> String {
        zip(cells, widths).map { "  " + TextLayout.padLeft($0, $1) }.joined()
    }

    private static func cells(_ row: SummaryDifference.Row) -> [String] {
        let (found, expected) =
            countsDomains(row.section)
            ? (row.found.domains, row.expected.domains) : (row.found.hosts, row.expected.hosts)
        let difference = found - expected
        let shown = difference == 0 ? (row.isEqual ? "=" : "see below") : (difference > 0 ? "+" : "")
        return [
            NumberFormat.count(found), NumberFormat.count(expected),
            difference == 0 ? shown : shown + NumberFormat.count(difference),
        ]
    }

    private static func countsDomains(_ section: SummarySection) -> Bool {
        section == .domainStatuses || section == .verdicts
    }

    private static func title(_ section: SummarySection) -> String {
        switch section {
        case .domainStatuses: "Domains by status"
        case .hostStatuses: "Hosts by status"
        case .outcomes: "Hosts by outcome"
        case .findings: "Hosts by finding"
        case .verdicts: "Domains by protection"
        case .providers: "Hosts by provider"
        }
    }
}
