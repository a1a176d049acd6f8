import CensusModel

/// What the 2014 study printed (SendGrid, 5 June 2014; one weekend of May 2014). Shares as printed, not computed again:
/// its 76.1 % is of an unrounded number of hosts that it gives only as 3.4 million.
enum Study2014 {
    static let domains: Int64 = 8_000_000
    static let hosts: Int64 = 3_400_000
    static let offering: Int64 = 2_614_380
    static let offeringShare = 0.761
    static let failed: Int64 = 223_800
    static let failedShare = 0.085

    /// A class of failures; the code is the one of the vocabulary's column `study_class`.
    struct FailureClass {
        let code: String
        let label: String
        let hosts: Int64
        let share: Double
    }

    static let classes = [
        FailureClass(code: "name mismatch", label: "name does not match", hosts: 145_951, share: 0.652),
        FailureClass(code: "unknown authority", label: "unknown authority", hosts: 50_293, share: 0.225),
        FailureClass(code: "expired", label: "expired", hosts: 19_755, share: 0.088),
        FailureClass(code: "connection problems", label: "connection problems", hosts: 4_628, share: 0.020),
        FailureClass(code: "negative serial", label: "negative serial", hosts: 1_280, share: 0.005),
    ]

    /// Failures that the study counts and does not explain.
    static var unexplained: Int64 { failed - classes.reduce(0) { $0 + $1.hosts } }
}

/// A summary set beside the numbers of the 2014 study.
public enum StudyReport {
    /// One row of the comparison.
    struct Row {
        let label: String
        let depth: Int
        let found: Int64
        let share: Double?
        let study: Int64
        let studyShare: Double?
    }

    /// A table of this scan and the study: counts, and shares that mean the same in both. Which outcome belongs to which of
    /// the study's classes is the vocabulary's word; outcomes without a class stand under "not explained".
    public static func render(
        _ summary: ScanSummary, style: TextStyle, vocabulary: ReportVocabulary = .init()
    ) -> String {
        let rows = rows(SummaryFigures(summary), summary, vocabulary)
        let cells = rows.map { row in
            [
                NumberFormat.count(row.found), NumberFormat.percent(row.share), NumberFormat.count(row.study),
                NumberFormat.percent(row.studyShare),
            ]
        }
        let heads = ["this scan", "share", "2014", "share"]
        let widths = (0..<4).map { column in ([heads] + cells).map { TextLayout.width($0[column]) }.max() ?? 0 }
        let numbers = { (cells: [String]) in zip(cells, widths).map { "  " + TextLayout.padLeft($0, $1) }.joined() }
        let longest = rows.map { TextLayout.width($0.label) + 2 + 2 * $0.depth }.max() ?? 0
        let labelWidth = max(14, min(longest, style.width - widths.reduce(0) { $0 + $1 + 2 }))
        var lines = [style.paint("Beside the 2014 study", .bold)]
        lines.append(style.paint(String(repeating: " ", count: labelWidth) + numbers(heads), .dim))
        for (row, cells) in zip(rows, cells) {
            let indent = String(repeating: " ", count: 2 + 2 * row.depth)
            let label = TextLayout.wrap(row.label, max(8, labelWidth - indent.count))
            lines += label.dropLast().map { indent + $0 }
            lines.append(TextLayout.padRight(indent + (label.last ?? ""), labelWidth) + numbers(cells))
        }
        let note = """
            Shares: STARTTLS of all unique MX hosts; no trusted TLS of the hosts that claim STARTTLS; the classes of those \
            without trusted TLS.
            """
        lines += TextLayout.wrap(note, style.width - 2).map { style.paint("  " + $0, .dim) }
        return lines.joined(separator: "\n") + "\n"
    }

    static func rows(_ figures: SummaryFigures, _ summary: ScanSummary, _ vocabulary: ReportVocabulary) -> [Row] {
        var byClass: [String: Int64] = [:]
        for row in summary.outcomes where HostParts.part(of: row) == .failed {
            byClass[vocabulary.studyClasses[row.outcome.rawValue] ?? "", default: 0] += row.weights.hosts
        }
        let failed = figures.failed.hosts
        var rows = [
            Row(
                label: "recipient domains", depth: 0, found: figures.domains.domains, share: nil,
                study: Study2014.domains, studyShare: nil),
            Row(
                label: "unique MX hosts", depth: 0, found: figures.unique.hosts, share: nil, study: Study2014.hosts,
                studyShare: nil),
            Row(
                label: "claim STARTTLS", depth: 0, found: figures.offering.hosts,
                share: figures.offeringOfUnique.hosts, study: Study2014.offering, studyShare: Study2014.offeringShare),
            Row(
                label: "no trusted TLS", depth: 0, found: failed, share: figures.failedOfOffering.hosts,
                study: Study2014.failed, studyShare: Study2014.failedShare),
        ]
        var explained: Int64 = 0
        for group in Study2014.classes {
            let found = byClass[group.code] ?? 0
            explained += found
            rows.append(
                Row(
                    label: group.label, depth: 1, found: found, share: share(Double(found), of: Double(failed)),
                    study: group.hosts, studyShare: group.share))
        }
        let rest = failed - explained
        rows.append(
            Row(
                label: "not explained", depth: 1, found: rest, share: share(Double(rest), of: Double(failed)),
                study: Study2014.unexplained,
                studyShare: share(Double(Study2014.unexplained), of: Double(Study2014.failed))))
        return rows
    }
}
