import CensusModel

/// The table of the providers for a terminal: shares of all three weights, of STARTTLS and of trust, and the commonest
/// outcome; beside them where all fit, else on a line of its own.
struct ProviderTable {
    private let section: FigureSection
    private let style: TextStyle
    private let nameWidth: Int
    private let outcomeBeside: Bool
    private let widths: [Int]

    private static let heads = ["hosts", "domains", "volume", "STARTTLS", "trusted"]

    init(_ section: FigureSection, _ style: TextStyle) {
        self.section = section
        self.style = style
        let lines = [Self.heads] + section.rows.map(Self.cells)
        widths = (0..<Self.heads.count).map { column in lines.map { TextLayout.width($0[column]) }.max() ?? 0 }
        let numbers = widths.reduce(0) { $0 + $1 + 2 }
        let longestName = section.rows.map { TextLayout.width(TextLayout.visible($0.label)) + 2 }.max() ?? 0
        let longestOutcome = section.rows.map { TextLayout.width(Self.outcome($0)) }.max() ?? 0
        nameWidth = max(12, min(max(longestName, 20), style.width - numbers))
        outcomeBeside = nameWidth + numbers + 2 + longestOutcome <= style.width
    }

    func lines() -> [String] {
        let last = outcomeBeside ? "  commonest outcome" : ""
        let titled = style.paint(section.title, .bold)
        let padding = String(repeating: " ", count: max(0, nameWidth - TextLayout.width(section.title)))
        let head = titled + style.paint(padding + numbers(Self.heads) + last, .dim)
        let note = TextLayout.wrap(
            "share of \(section.shareOf); STARTTLS and trusted: share of the provider's hosts", style.width - 2)
        return [head] + note.map { style.paint("  " + $0, .dim) } + section.rows.flatMap(lines)
    }

    private func lines(_ row: FigureRow) -> [String] {
        let name = TextLayout.wrap(TextLayout.visible(row.label), nameWidth - 2)
        var lines = name.dropLast().map { "  " + $0 }
        let first = TextLayout.padRight("  " + (name.last ?? ""), nameWidth) + numbers(Self.cells(row))
        let outcome = Self.outcome(row)
        if outcomeBeside {
            lines.append(first + "  " + outcome)
        } else {
            lines.append(first)
            lines += TextLayout.wrap(outcome, style.width - 4).map { style.paint("    " + $0, .dim) }
        }
        return lines
    }

    private static func outcome(_ row: FigureRow) -> String {
        guard let label = row.provider?.commonestLabel else { return "none probed" }
        return TextLayout.visible(label)
    }

    private static func cells(_ row: FigureRow) -> [String] {
        [
            NumberFormat.percent(row.shares.hosts), NumberFormat.percent(row.shares.domains),
            NumberFormat.percent(row.shares.volume), NumberFormat.percent(row.provider?.starttlsShare),
            NumberFormat.percent(row.provider?.trustedShare),
        ]
    }

    private func numbers(_ cells: [String]) -> String {
        zip(cells, widths).map { "  " + TextLayout.padLeft($0, $1) }.joined()
    }
}
