import Foundation
import Preflight
import Testing

@Suite("The page of the checks")
struct PreflightReportTests {
    private let report = PreflightReport(checks: [
        CheckResult(
            name: "DNS", status: .ok, found: "6 of 6 known names resolved.", why: "Names are needed.", remedy: ""),
        CheckResult(
            name: "IPv6", status: .warning, found: "No route to the IPv6 Internet.",
            why: "Mail hosts with only IPv6 addresses cannot be seen without it.", remedy: "Get one."),
        CheckResult(
            name: "port 25 over IPv4", status: .problem, found: "Blocked: \u{1b}[31mmx.example.org refused.",
            why: "A census connects to port 25.", remedy: "Ask your provider."),
    ])

    @Test("says what was found, why it matters and what to do, and sums up")
    func text() {
        #expect(
            report.text(width: 72) == """
                ok       DNS                6 of 6 known names resolved.

                warning  IPv6               No route to the IPv6 Internet.
                                            Mail hosts with only IPv6 addresses cannot
                                            be seen without it.
                                            What to do: Get one.

                problem  port 25 over IPv4  Blocked: [31mmx.example.org refused.
                                            A census connects to port 25.
                                            What to do: Ask your provider.

                1 problem, 1 warning: the result of a scan from here would be wrong.

                """)
    }

    @Test("only the trouble is shown when a scan asks for it")
    func onlyTrouble() {
        let page = report.text(width: 72, onlyTrouble: true)
        #expect(!page.contains("DNS"))
        #expect(page.contains("warning  IPv6"))
    }

    @Test("the sum depends on the worst")
    func sums() {
        #expect(report.worst == .problem)
        #expect(report.exitStatus == 1)
        let warned = PreflightReport(checks: Array(report.checks.prefix(2)))
        #expect(warned.exitStatus == 0)
        #expect(warned.text().hasSuffix("1 warning, no problem: a scan works, with the limits said above.\n"))
        let well = PreflightReport(checks: Array(report.checks.prefix(1)))
        #expect(well.worst == .ok)
        #expect(well.text().hasSuffix("All is well: nothing here would spoil a scan.\n"))
    }

    @Test("colour adds sequences and changes nothing else")
    func colour() {
        let coloured = report.text(width: 72, colour: true)
        #expect(coloured.contains("\u{1b}[1;31mproblem"))
        #expect(coloured.replacing(#/\u{1b}\[[0-9;]*m/#, with: "") == report.text(width: 72))
    }

    @Test("JSON has the documented keys")
    func json() throws {
        let document = try JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? [String: Any]
        #expect(document?["status"] as? String == "problem")
        let checks = try #require(document?["checks"] as? [[String: String]])
        #expect(checks.count == 3)
        #expect(Set(checks[0].keys) == ["name", "status", "found", "why", "remedy"])
        #expect(checks[1]["remedy"] == "Get one.")
    }
}
