import CensusModel

import struct Foundation.Date

/// One probed address with its judgement.
public struct ProbePageEntry: Sendable {
    /// What the probe saw; with its transcript when one was recorded.
    public let observation: ProbeObservation
    /// What is made of it.
    public let verdict: ProbeVerdict
    /// Nil when there was no handshake.
    public let evidence: ChainEvidence?

    /// One address of the page.
    public init(observation: ProbeObservation, verdict: ProbeVerdict, evidence: ChainEvidence?) {
        self.observation = observation
        self.verdict = verdict
        self.evidence = evidence
    }
}

/// What `mxcensus probe` shows: for each address the dialogue, the TLS session, the certificates, the findings, and the
/// outcome in plain words.
public struct ProbePage: Sendable {
    /// What the user asked for, as typed.
    public let asked: String
    /// Lines of the caller, shown first: the MX records, hosts that could not be dialled.
    public let notes: [String]
    /// In the order in which they were probed.
    public let entries: [ProbePageEntry]
    /// By `Outcome.rawValue`.
    public let words: [String: OutcomeWords]
    /// By `Finding.rawValue`.
    public let findingWords: [String: OutcomeWords]

    /// A page about what was `asked` for.
    public init(
        asked: String, notes: [String] = [], entries: [ProbePageEntry], words: [String: OutcomeWords],
        findingWords: [String: OutcomeWords] = [:]
    ) {
        self.asked = asked
        self.notes = notes
        self.entries = entries
        self.words = words
        self.findingWords = findingWords
    }

    /// The page for a terminal; ends with a line end.
    public func text(_ style: TextStyle) -> String {
        var lines = PageLines(style: style)
        lines.heading("Probe of \(asked)")
        for note in notes { lines.paragraph(note) }
        if entries.isEmpty {
            lines.blank()
            lines.paragraph("No address was probed.")
        }
        for entry in entries { ProbePageText(page: self, entry: entry).append(to: &lines) }
        if entries.count > 1 { overview(&lines) }
        return lines.text
    }

    private func overview(_ lines: inout PageLines) {
        lines.blank()
        lines.heading("All addresses")
        let hosts = entries.map { Self.place($0.observation.target) }
        let column = hosts.map(TextLayout.width).max() ?? 0
        for (host, entry) in zip(hosts, entries) {
            lines.item(host, label(entry.verdict.outcome), column: min(column, 40))
        }
    }

    /// `mx1.example.org [192.0.2.1]:25`.
    static func place(_ target: ProbeTarget) -> String {
        let address = "[\(target.address)]:\(target.port)"
        return target.host.map { "\($0.text) \(address)" } ?? address
    }

    func label(_ outcome: Outcome) -> String { words[outcome.rawValue]?.label ?? outcome.rawValue }
    func label(_ finding: Finding) -> String { findingWords[finding.rawValue]?.label ?? finding.rawValue }
}

/// Lines of a page in the making; the only place through which text of others reaches a terminal.
struct PageLines {
    let style: TextStyle
    private var lines: [String] = []

    init(style: TextStyle) { self.style = style }

    var text: String { lines.joined(separator: "\n") + "\n" }

    mutating func blank() { lines.append("") }

    mutating func heading(_ text: String, _ face: TextStyle.Face = .bold) {
        lines += TextLayout.wrap(TextLayout.visible(text), style.width).map { style.paint($0, face) }
    }

    mutating func paragraph(_ text: String, indent: Int = 2, _ face: TextStyle.Face? = nil) {
        let space = String(repeating: " ", count: indent)
        for line in TextLayout.wrap(TextLayout.visible(text), style.width - indent) {
            lines.append(space + (face.map { style.paint(line, $0) } ?? line))
        }
    }

    /// A line that is laid out already, and holds nothing but words and numbers of our own.
    mutating func row(_ text: String, _ face: TextStyle.Face? = nil, indent: Int = 2) {
        lines.append(String(repeating: " ", count: indent) + (face.map { style.paint(text, $0) } ?? text))
    }

    /// `text` beside a dim `name`, wrapped under itself. An empty text leaves no line.
    mutating func item(_ name: String, _ text: String, column: Int = 12, indent: Int = 2) {
        guard !text.isEmpty else { return }
        let lead = String(repeating: " ", count: indent)
        let room = max(16, style.width - indent - column - 2)
        let label = TextLayout.visible(name)
        var first = lead + style.paint(TextLayout.padRight(label, column), .dim) + "  "
        if TextLayout.width(label) > column {
            lines.append(lead + style.paint(label, .dim))
            first = String(repeating: " ", count: indent + column + 2)
        }
        for (index, line) in TextLayout.wrap(TextLayout.visible(text), room).enumerated() {
            lines.append((index == 0 ? first : String(repeating: " ", count: indent + column + 2)) + line)
        }
    }
}
