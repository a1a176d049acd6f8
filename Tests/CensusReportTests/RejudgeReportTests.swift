import CensusModel
import CensusReport
import Foundation
import Testing

@Suite("What judging again shows")
struct RejudgeReportTests {
    private func verdict(
        _ outcome: Outcome, _ findings: [Finding] = [], conclusive: Bool = true, error: String? = nil
    ) -> ProbeVerdict {
        ProbeVerdict(
            outcome: outcome, findings: findings, conclusive: conclusive, starttls: true,
            verified: outcome == .trusted, error: error)
    }

    /// Three of five attempts change: two final ones get another verdict, one of them with hostile words, one only loses a finding.
    private var changes: [(before: ProbeVerdict, after: ProbeVerdict, final: Bool, weights: Weights)] {
        [
            (verdict(.trusted), verdict(.trusted, error: "other words alone are no change"), true, weights(1, 5, 50)),
            (
                verdict(.trusted, [.expiresSoon]), verdict(.expired, [.expired], error: "=\u{1b}[31m"), true,
                weights(1, 2, 20)
            ),
            (verdict(.stalled, conclusive: false), verdict(.stalled, conclusive: true), true, weights(1, 1, 1.5)),
            (verdict(.trusted, [.wildcard]), verdict(.trusted), true, weights(1, 0, 0)),
            (verdict(.stalled), verdict(.closed), false, weights(0, 0, 0)),
        ]
    }

    private var summary: RejudgeSummary {
        changes.reduce(into: RejudgeSummary()) {
            $0.add(before: $1.before, after: $1.after, isFinal: $1.final, weights: $1.weights)
        }
    }

    private func written(_ format: RejudgeFormat) -> [UInt8] {
        let head = RejudgeHead(scan: sampleSummary().scan, trustStore: "roots.pem, 2 authorities", time: saturday)
        var writer = RejudgeWriter(format, head: head, style: TextStyle(width: 80))
        var bytes: [UInt8] = []
        writer.begin(&bytes)
        for change in changes where !change.before.isSameJudgement(as: change.after) {
            writer.append(
                RejudgedRow(
                    host: "-mx.example.org",
                    target: ProbeTarget(host: nil, address: .v4(0xc000_0201), port: 25), startedAt: saturday,
                    attempt: 1, final: change.final, before: change.before, after: change.after), &bytes)
        }
        writer.end(summary, &bytes)
        return bytes
    }

    @Test("the summary counts hosts at their final attempts, and another wording is no change")
    func counts() {
        let summary = summary
        #expect(summary.attempts == 5)
        #expect(summary.changedAttempts == 4)
        #expect(summary.hosts == 4)
        #expect(summary.verdicts == weights(2, 3, 21.5))
        #expect(summary.others == weights(1, 0, 0))
        #expect(summary.transitions.count == 2)
        #expect(summary.findings[.expired]?.gained == 1)
        #expect(summary.findings[.expiresSoon]?.lost == 1)
        #expect(summary.findings[.wildcard]?.lost == 1)
    }

    @Test("text has the matrix, and nothing that could steer a terminal")
    func text() throws {
        let text = String(decoding: written(.text), as: UTF8.self)
        #expect(isCalm(text))
        try expectGolden(text, "rejudge-80.txt")
    }

    @Test("JSON is one document, JSON lines are one object a line, and CSV reads back alike")
    func machineForms() throws {
        let program = """
            import csv, json, sys
            document = json.load(open(sys.argv[1], encoding="utf-8"))
            print(len(document["changes"]), document["at"], document["scan"]["id"], json.dumps(document["summary"]))
            """
        #expect(
            try python(program, input: written(.json)) == """
                4 2014-05-17T08:30:00Z 3 {"attempts": 5, "changed_attempts": 4, "hosts": 4, "changed_verdicts": \
                {"hosts": 2, "domains": 3, "volume": 21.5}, "changed_otherwise": {"hosts": 1, "domains": 0, "volume": 0}, \
                "transitions": [{"from": "stalled", "from_conclusive": false, "to": "stalled", "to_conclusive": true, \
                "hosts": 1, "domains": 1, "volume": 1.5}, {"from": "trusted", "from_conclusive": true, "to": "expired", \
                "to_conclusive": true, "hosts": 1, "domains": 2, "volume": 20}], "findings": \
                [{"finding": "expired", "gained": 1, "lost": 0}, {"finding": "wildcard", "gained": 0, "lost": 1}, \
                {"finding": "expires_soon", "gained": 0, "lost": 1}]}

                """)
        let lines = """
            import json, sys
            for line in open(sys.argv[1], encoding="utf-8"):
                row = json.loads(line)
                print(row["host"], row["final"], row["outcome"], row["new_outcome"], row["findings_gained"], row["findings_lost"])
            """
        let table = """
            import csv, sys
            for row in csv.DictReader(open(sys.argv[1], encoding="utf-8", newline="")):
                print(row["host"].lstrip("'"), row["final"] == "true", row["outcome"], row["new_outcome"],
                      row["findings_gained"].split(), row["findings_lost"].split())
            """
        let found = try python(lines, input: written(.jsonl))
        #expect(
            found == """
                -mx.example.org True trusted expired ['expired'] ['expires_soon']
                -mx.example.org True stalled stalled [] []
                -mx.example.org True trusted trusted [] ['wildcard']
                -mx.example.org False stalled closed [] []

                """)
        #expect(try python(table, input: written(.csv)) == found)
        #expect(!written(.csv).contains(0x1b))
    }
}
