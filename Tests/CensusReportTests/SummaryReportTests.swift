import CensusModel
import CensusReport
import Foundation
import Testing

@Suite("Forms of a summary")
struct SummaryReportTests {
    private func render(_ format: SummaryFormat) -> String {
        SummaryReport.render(sampleSummary(), as: format, vocabulary: sampleVocabulary())
    }

    @Test("the text at three widths is as a person has approved it", arguments: [60, 80, 120])
    func text(width: Int) throws {
        try expectGolden(render(.text(TextStyle(width: width))), "summary-\(width).txt")
    }

    @Test("no line is wider than the terminal, wide characters counted twice", arguments: [60, 72, 80, 100, 120, 200])
    func noWiderThanTheTerminal(width: Int) {
        for line in render(.text(TextStyle(width: width))).split(separator: "\n") {
            let columns = line.unicodeScalars.reduce(0) { $0 + ((0x3000...0x9fff).contains($1.value) ? 2 : 1) }
            #expect(columns <= width, "\(line)")
        }
    }

    @Test("colour adds sequences and changes nothing else")
    func colour() {
        let plain = render(.text(TextStyle(width: 80)))
        let coloured = render(.text(TextStyle(width: 80, colour: true)))
        #expect(coloured != plain)
        #expect(coloured.replacing(#/\u{1b}\[[0-9;]*m/#, with: "") == plain)
    }

    @Test("Markdown is as approved")
    func markdown() throws { try expectGolden(render(.markdown), "summary.md") }

    @Test("CSV is as approved, and Python reads what the figures say")
    func csv() throws {
        let text = render(.csv)
        try expectGolden(text, "summary.csv")
        let program = """
            import csv, sys
            rows = list(csv.DictReader(open(sys.argv[1], newline="")))
            print(list(rows[0]))
            for r in rows:
                if (r["section"], r["row"]) in (("failures", "expired"), ("verdicts", "plain"), ("providers", "google.com")):
                    print(r["hosts"], r["domains"], r["volume"], r["share"])
            """
        let output = try python(program, input: Array(text.utf8))
        #expect(
            output == """
                ['section', 'row', 'hosts', 'domains', 'volume', 'share']
                20 50 3000 0.089286
                 1500 100000 0.187500
                40 2500 400000 0.011765

                """)
    }

    @Test("JSON is as approved, and has the documented keys")
    func json() throws {
        let text = render(.json)
        try expectGolden(text, "summary.json")
        let document = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(Set(document.keys) == ["scan", "starttls_share", "sections"])
        let scan = try #require(document["scan"] as? [String: Any])
        #expect(scan["started_at"] as? String == "2014-05-17T08:30:00.000Z")
        #expect(scan["duration_s"] as? Double == 200)
        let sections = try #require(document["sections"] as? [String: [String: Any]])
        #expect(Set(sections.keys) == Set(FigureSection.ID.allCases.map(\.rawValue)))
        let rows = try #require(sections["failures"]?["rows"] as? [[String: Any]])
        #expect(rows[0]["row"] as? String == "name_mismatch")
        #expect((rows[0]["share"] as? [String: Any])?["hosts"] as? Double == 0.651786)
    }

    @Test("hostile names can neither steer a terminal nor leave their cell")
    func hostile() throws {
        var summary = sampleSummary()
        summary.scan.name = "a\u{1b}[31mb\u{202e}\n| c <script>"
        summary.scan.list = "\u{9b}2J\u{7}"
        summary.providers[0].provider = "=cmd()\u{1b}]0;x\u{7}|<b>"
        for format in [SummaryFormat.text(TextStyle(width: 80)), .csv, .markdown, .json] {
            let text = SummaryReport.render(summary, as: format).replacing("\r\n", with: "\n")
            if format != .json { #expect(isCalm(text)) }
            #expect(!text.contains("\u{1b}"))
        }
        let markdown = SummaryReport.render(summary, as: .markdown)
        #expect(markdown.contains("=cmd()\\\\x1b\\]0;x\\\\x07\\|&lt;b&gt;"))
        #expect(!markdown.contains("<script"))
        #expect(SummaryReport.render(summary, as: .csv).contains("providers,\"'=cmd()"))
        let json = SummaryReport.render(summary, as: .json)
        let document = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect((document["scan"] as? [String: Any])?["name"] as? String == summary.scan.name)
    }

    @Test("a running scan says that its figures are not final")
    func running() {
        var summary = sampleSummary()
        summary.scan.state = .running
        summary.scan.finishedAt = nil
        #expect(SummaryReport.render(summary, as: .text(TextStyle())).contains("running: figures are not final"))
        #expect(SummaryReport.render(summary, as: .json).contains("\"finished_at\":null,\"duration_s\":null"))
    }

    @Test("an empty scan renders in every form")
    func empty() {
        var summary = sampleSummary()
        summary.statuses = []
        summary.hostStatuses = []
        summary.outcomes = []
        summary.findings = []
        summary.verdicts = []
        summary.providers = []
        let text = SummaryReport.render(summary, as: .text(TextStyle(width: 60)))
        #expect(text.contains("–"))
        #expect(!text.contains("nan"))
        #expect(!SummaryReport.render(summary, as: .json).contains("nan"))
    }
}
