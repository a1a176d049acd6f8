import CensusModel
import Foundation
import Testing

@Suite("docs/outcomes.md")
struct DocumentationTests {
    private let page: String

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        page = try String(contentsOf: root.appendingPathComponent("docs/outcomes.md"), encoding: .utf8)
    }

    private func rows(under heading: String) -> [String] {
        let from = page.components(separatedBy: "\n## \(heading)\n").last ?? ""
        let section = from.components(separatedBy: "\n## ").first ?? ""
        return section.split(separator: "\n").filter { $0.hasPrefix("| `") }
            .map { String($0.dropFirst(3).prefix { $0 != "`" }) }
    }

    @Test("explains every outcome, in their order")
    func outcomes() {
        let headings = page.split(separator: "\n").filter { $0.hasPrefix("#### `") }
            .map { String($0.dropFirst(6).prefix { $0 != "`" }) }
        #expect(headings == Outcome.allCases.map(\.rawValue))
    }

    @Test("explains every finding, status and verdict, in their order")
    func others() {
        #expect(rows(under: "Findings") == Finding.allCases.map(\.rawValue))
        #expect(rows(under: "Domain statuses") == DomainStatus.allCases.map(\.rawValue))
        #expect(rows(under: "Host statuses") == HostStatus.allCases.map(\.rawValue))
        #expect(rows(under: "Verdicts of a domain") == DomainVerdict.allCases.map(\.rawValue))
    }
}
