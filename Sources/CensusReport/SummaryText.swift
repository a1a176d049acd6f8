import CensusModel

/// The summary for a terminal.
struct SummaryText {
    let figures: SummaryFigures
    let style: TextStyle

    func page() -> String {
        var lines = title()
        let layout = FigureLayout(figures.sections.filter { $0.id != .providers }, width: style.width)
        for section in figures.sections {
            lines.append("")
            lines += section.id == .providers ? ProviderTable(section, style).lines() : table(section, layout)
            if section.id == .starttls { lines += sentences() }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func title() -> [String] {
        let name = TextLayout.visible(figures.scan.name)
        let subtitle = TextLayout.wrap(TextLayout.visible(SummarySentences.subtitle(figures.scan)), style.width)
        return TextLayout.wrap("Mail exchanger census: \(name)", style.width).map { style.paint($0, .bold) }
            + subtitle.map { style.paint($0, .dim) }
    }

    private func sentences() -> [String] {
        SummarySentences.starttls(figures).flatMap { TextLayout.wrap($0, style.width - 2) }.map { "  " + $0 }
    }

    private func table(_ section: FigureSection, _ layout: FigureLayout) -> [String] {
        let head = layout.line(
            label: layout.title(section), cells: layout.heads(section), paintLabel: { style.paint($0, .bold) },
            paintCells: { style.paint($0, .dim) })
        var words = "share of \(section.shareOf)"
        if section.id == .domains { words += "; mail volume in all: \(NumberFormat.volume(section.whole.volume))" }
        let note = TextLayout.wrap(words, style.width - 2).map { style.paint("  " + $0, .dim) }
        let rows = section.rows.flatMap { row in
            layout.line(label: layout.label(row), cells: layout.cells(row, section))
        }
        return head + note + rows
    }
}

/// The columns that all tables of figures share, so that numbers stand under numbers down the page.
struct FigureLayout {
    private let labelWidth: Int
    private let widths: [Int]
    /// Counts and shares for each weight; otherwise a count and the shares alone.
    private let full: Bool
    private static let gap = 2

    init(_ sections: [FigureSection], width: Int) {
        let longest = sections.flatMap(\.rows).map { TextLayout.width($0.label) + 2 + 2 * $0.depth }.max() ?? 0
        let wanted = max(longest, 28)
        let wide = Self.measure(sections, full: true)
        full = wanted + Self.columns(wide) <= width
        widths = full ? wide : Self.measure(sections, full: false)
        let rest = width - Self.columns(widths)
        labelWidth = max(16, min(wanted, rest))
    }

    /// What the cells take. One column is enough after the label, which is seldom as wide as its column.
    private static func columns(_ widths: [Int]) -> Int { widths.reduce(0) { $0 + $1 + gap } - 1 }

    private static func measure(_ sections: [FigureSection], full: Bool) -> [Int] {
        let lines = sections.flatMap { section in
            [heads(section, full: full)] + section.rows.map { cells($0, section, full: full) }
        }
        let columns = lines.map(\.count).max() ?? 0
        return (0..<columns).map { column in lines.map { TextLayout.width($0[column]) }.max() ?? 0 }
    }

    func heads(_ section: FigureSection) -> [String] { Self.heads(section, full: full) }
    func cells(_ row: FigureRow, _ section: FigureSection) -> [String] { Self.cells(row, section, full: full) }

    private static func heads(_ section: FigureSection, full: Bool) -> [String] {
        switch (full, section.countsDomains) {
        case (true, false): ["hosts", "share", "domains", "share", "volume", "share"]
        case (true, true): ["", "", "domains", "share", "volume", "share"]
        case (false, false): ["hosts", "share", "domains", "volume"]
        case (false, true): ["domains", "share", "", "volume"]
        }
    }

    private static func cells(_ row: FigureRow, _ section: FigureSection, full: Bool) -> [String] {
        let hosts = [NumberFormat.count(row.weights.hosts), NumberFormat.percent(row.shares.hosts)]
        let domains = [NumberFormat.count(row.weights.domains), NumberFormat.percent(row.shares.domains)]
        let volume = [NumberFormat.volume(row.weights.volume), NumberFormat.percent(row.shares.volume)]
        return switch (full, section.countsDomains) {
        case (true, false): hosts + domains + volume
        case (true, true): ["", ""] + domains + volume
        case (false, false): hosts + [domains[1], volume[1]]
        case (false, true): domains + ["", volume[1]]
        }
    }

    /// The lines of a section's title.
    func title(_ section: FigureSection) -> [String] { TextLayout.wrap(section.title, labelWidth) }

    /// The lines of a row's label, indented by its depth and wrapped to the label column.
    func label(_ row: FigureRow) -> [String] {
        let indent = 2 + 2 * row.depth
        let text = TextLayout.visible(row.label)
        guard TextLayout.width(text) + indent > labelWidth else {
            return [String(repeating: " ", count: indent) + text]
        }
        return TextLayout.wrap(text, max(8, labelWidth - indent - 1)).enumerated().map { line in
            String(repeating: " ", count: line.offset == 0 ? indent : indent + 1) + line.element
        }
    }

    /// One row: the cells stand on the last line of its label.
    func line(
        label: [String], cells: [String], paintLabel: (String) -> String = { $0 },
        paintCells: (String) -> String = { $0 }
    ) -> [String] {
        var lines = label.dropLast().map(paintLabel)
        let padding = String(repeating: " ", count: max(0, labelWidth - TextLayout.width(label.last ?? "")))
        var numbers = padding
        for (column, (cell, width)) in zip(cells, widths).enumerated() {
            numbers += String(repeating: " ", count: column == 0 ? 1 : Self.gap) + TextLayout.padLeft(cell, width)
        }
        lines.append(paintLabel(label.last ?? "") + paintCells(numbers))
        return lines
    }
}
