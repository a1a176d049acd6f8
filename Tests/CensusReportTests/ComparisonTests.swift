import CensusModel
import CensusReport
import Testing

@Suite("A summary beside the truth and the study")
struct ComparisonTests {
    private let style = TextStyle(width: 80)

    @Test("equal summaries end with a sentence that says so")
    func equal() {
        let page = TruthReport.render(
            found: sampleSummary(), expected: sampleSummary(), style: style, vocabulary: sampleVocabulary())
        // 7 statuses + 5 host statuses + 15 outcomes + 3 findings + 7 verdicts + 4 providers
        #expect(
            page.hasSuffix(
                """
                Equal: all 41 rows are exactly what the truth expects, in hosts, domains and
                mail volume.

                """))
        #expect(SummaryDifference(found: sampleSummary(), expected: sampleSummary()).isEqual)
    }

    @Test("every kind of difference is shown and counted")
    func different() throws {
        var found = sampleSummary()
        found.statuses[0].domains -= 2
        found.statuses[6].volume += 0.5
        found.outcomes.removeAll { $0.outcome == .negativeSerial }
        found.outcomes[0].weights.domains += 1
        found.findings.append(.init(finding: .zeroSerial, weights: weights(1, 1, 1)))
        found.providers[1].commonestOutcome = .trusted
        let difference = SummaryDifference(found: found, expected: sampleSummary())
        #expect(
            difference.rows.filter { !$0.isEqual }.map(\.code) == [
                "mx", "invalid_name", "refused conclusive STARTTLS not seen", "negative_serial conclusive STARTTLS",
                "zero_serial", "yahoodns.net",
            ])
        let page = TruthReport.render(
            found: found, expected: sampleSummary(), style: style, vocabulary: sampleVocabulary())
        try expectGolden(page, "truth-80.txt")
        #expect(page.hasSuffix("Not equal: 6 of 42 rows differ from the truth.\n"))
    }

    @Test("only the sections that are asked for are compared")
    func sections() {
        var found = sampleSummary()
        found.providers = []
        let wanted: Set<SummarySection> = [.verdicts, .outcomes]
        #expect(SummaryDifference(found: found, expected: sampleSummary(), sections: wanted).isEqual)
        #expect(!SummaryDifference(found: found, expected: sampleSummary()).isEqual)
        let page = TruthReport.render(found: found, expected: sampleSummary(), sections: wanted, style: style)
        #expect(!page.contains("provider"))
    }

    @Test("volumes that differ only by the order of their sum are equal")
    func volumes() {
        var found = sampleSummary()
        var expected = sampleSummary()
        found.verdicts[0].volume = 0.1 + 0.2 + 0.3
        expected.verdicts[0].volume = 0.3 + 0.2 + 0.1
        #expect(SummaryDifference(found: found, expected: expected).isEqual)
        expected.verdicts[0].volume = 0.601
        #expect(!SummaryDifference(found: found, expected: expected).isEqual)
    }

    @Test("the study stands beside the scan with its printed shares")
    func study() throws {
        let page = StudyReport.render(sampleSummary(), style: style, vocabulary: sampleVocabulary())
        try expectGolden(page, "study-80.txt")
        for number in ["2,614,380", "223,800", "145,951", "50,293", "19,755", "4,628", "1,280", "1,893"] {
            #expect(page.contains(number))
        }
        for share in ["76.1 %", "8.5 %", "65.2 %", "22.5 %", "8.8 %", "2.0 %", "0.5 %"] {
            #expect(page.contains(share))
        }
    }

    @Test("an outcome without a class in the study is not explained")
    func studyWithoutClass() {
        let page = StudyReport.render(sampleSummary(), style: style)
        let last = page.split(separator: "\n").first { $0.contains("not explained") }
        #expect(last?.contains(" 224  100.0 %") == true)
    }
}
