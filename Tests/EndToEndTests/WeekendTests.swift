import Foundation
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

extension EndToEnd {
    @Suite("The weekend benchmark")
    struct WeekendTests {
        @Test("scans the lab, compares every row with the truth, and writes its report and curves")
        func report() async throws {
            let folder = try TemporaryFolder()
            let result = try await MXCensusProgram.run([
                "bench", "weekend", "--scale", "1:20000", "--data-dir", folder.path("pg"),
                "--report", folder.path("report.md"), "--chart", folder.path("chart.svg"),
            ])
            try #require(result.status == 0, "\(result.errors)")
            let report = try String(contentsOfFile: folder.path("report.md"), encoding: .utf8)
            #expect(result.output.hasSuffix(report))
            // A 20,000th of the study's 8,000,000 domains.
            #expect(report.hasPrefix("# 400 domains in "))
            #expect(report.contains("| domains | 400 |"))
            #expect(report.contains(": all equal."))
            for group in ["scanner", "PostgreSQL", "lab"] {
                let row = report.split(separator: "\n").first { $0.hasPrefix("| \(group) |") }
                let figures = row?.split(separator: "|").compactMap { Double($0.trimmingCharacters(in: .whitespaces)) }
                #expect(figures?.count == 4 && figures?.last ?? 0 > 0, "\(row ?? "no row of \(group)")")
            }
            let chart = XMLParser(data: try Data(contentsOf: URL(filePath: folder.path("chart.svg"))))
            #expect(chart.parse())
        }

        @Test("a file that cannot be written is said before anything is run")
        func unwritable() async throws {
            let result = try await MXCensusProgram.run(["bench", "weekend", "--report", "/no/such/folder/report.md"])
            #expect(result.status == 2)
            #expect(result.errors.contains("/no/such/folder/report.md"))
        }
    }
}
