import CensusModel

/// The summary as Markdown with pipe tables.
enum SummaryMarkdown {
    static func page(_ figures: SummaryFigures) -> String {
        var lines = ["# Mail exchanger census: \(escape(figures.scan.name))", ""]
        lines.append(escape(SummarySentences.subtitle(figures.scan)))
        for section in figures.sections {
            lines += ["", "## \(section.title)", "", "Share of \(section.shareOf).", ""]
            lines += section.id == .providers ? providers(section) : table(section)
            if section.id == .starttls {
                lines += SummarySentences.starttls(figures).flatMap { ["", $0] }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func table(_ section: FigureSection) -> [String] {
        var lines = [
            section.countsDomains
                ? "| | domains | share | volume | share |" : "| | hosts | share | domains | share | volume | share |"
        ]
        lines.append("| --- |" + String(repeating: " ---: |", count: section.countsDomains ? 4 : 6))
        for row in section.rows {
            let indent = String(repeating: "&emsp;", count: row.depth)
            let domains = [NumberFormat.count(row.weights.domains), NumberFormat.percent(row.shares.domains)]
            let volume = [NumberFormat.volume(row.weights.volume), NumberFormat.percent(row.shares.volume)]
            let hosts = [NumberFormat.count(row.weights.hosts), NumberFormat.percent(row.shares.hosts)]
            lines.append(line([indent + escape(row.label)] + (section.countsDomains ? [] : hosts) + domains + volume))
        }
        return lines
    }

    private static func providers(_ section: FigureSection) -> [String] {
        let head = [
            "| | hosts | share | domains | share | volume | share | STARTTLS | trusted | commonest outcome |",
            "| --- |" + String(repeating: " ---: |", count: 8) + " --- |",
        ]
        return head
            + section.rows.map { row in
                line([
                    escape(row.label),
                    NumberFormat.count(row.weights.hosts), NumberFormat.percent(row.shares.hosts),
                    NumberFormat.count(row.weights.domains), NumberFormat.percent(row.shares.domains),
                    NumberFormat.volume(row.weights.volume), NumberFormat.percent(row.shares.volume),
                    NumberFormat.percent(row.provider?.starttlsShare), NumberFormat.percent(row.provider?.trustedShare),
                    row.provider?.commonestLabel.map(escape) ?? "none probed",
                ])
            }
    }

    private static func line(_ cells: [String]) -> String {
        "| " + cells.map { $0.replacing("<", with: "&lt;") }.joined(separator: " | ") + " |"
    }

    /// Text of others, so that Markdown and the HTML made of it show it as it is.
    private static func escape(_ text: String) -> String {
        var result = ""
        for character in TextLayout.visible(text) {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\\", "`", "*", "_", "[", "]", "#", "|", "~", "!": result += "\\\(character)"
            default: result.append(character)
            }
        }
        return result
    }
}
