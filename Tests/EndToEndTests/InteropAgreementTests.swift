import Foundation
import Testing

extension EndToEnd {
    /// What three programs say of real mail servers, good and bad. The cases, with all that is expected, are in
    /// `Tests/Support/mta/agreement.cases`.
    @Suite("mxcensus, posttls-finger and openssl s_client")
    struct InteropAgreementTests {
        /// Every case, run once for all tests: several servers at a time.
        private static let run = Task { try await AgreementRun() }

        @Test("say of every real mail server what is expected of them")
        func answers() async throws {
            for result in try await Self.run.value.results {
                #expect(result.found == result.expected, "\(result)")
                #expect(result.findings.isSuperset(of: result.expectedFindings), "\(result)")
                #expect(result.agree == result.reason.isEmpty, "a reason, and only for a difference: \(result)")
            }
        }

        @Test("are compared on every kind of server")
        func servers() async throws {
            let servers = try await Set(Self.run.value.results.map { $0.case.prefix { $0 != " " } })
            #expect(servers == ["aiosmtpd", "exim", "opensmtpd", "postfix", "postscreen", "sendmail"])
        }

        @Test("find postscreen patient with a probe that waits for the whole greeting")
        func postscreen() async throws {
            let result = try #require(await Self.run.value.results.first { $0.case == "postscreen good" })
            let log = try #require(result.said["server"])
            // mxcensus was the first, so that it was put to the test; the others then were known.
            #expect(log.contains("PASS NEW [127.0.0.1]"), "\(log)")
            #expect(!log.contains("PREGREET"), "\(log)")
        }

        @Test("agree as the documentation shows")
        func page() async throws {
            let page = MTA.script("../../../docs/interop.md")
            let written = table(of: try String(contentsOf: page, encoding: .utf8))
            let found = table(of: try await Self.run.value.page)
            #expect(!found.isEmpty)
            // A row of a server's version, such as "opensmtpd 6.8", is found only with that version.
            let expected = written.filter { row in
                found.contains(row) || !row.prefix(while: { $0 != "|" }).contains(" ")
            }
            #expect(found == expected, "renew docs/interop.md with Tests/Support/mta/agreement")
        }

        /// The rows of a page's table, without the bar at their start.
        private func table(of page: String) -> [Substring] {
            page.split(separator: "\n").filter { $0.hasPrefix("| ") }.map { $0.dropFirst(2) }
        }
    }
}

/// All that one run of the agreement script found.
private struct AgreementRun: Sendable {
    let results: [AgreementResult]
    let page: String

    init() async throws {
        let folder = try TemporaryFolder()
        let program = try RunningProgram(
            MTA.script("agreement"), [MXCensusProgram.url.path, folder.path("page.md")])
        let run = await program.result()
        try #require(run.status == 0, "\(run.errors)")
        results = try run.lines(of: AgreementResult.self)
        page = folder.text("page.md")
    }
}

/// One server in one configuration: what was expected of each program, and found.
private struct AgreementResult: Decodable, Sendable, CustomStringConvertible {
    let `case`, reason: String
    /// By program.
    let expected, found: [String: String]
    let expectedFindings, findings: Set<String>
    let agree: Bool
    /// By program, and by `server`: its whole output.
    let said: [String: String]

    var description: String {
        "\(`case`): \(found), \(findings.sorted())\n"
            + said.sorted { $0.key < $1.key }.map { "--- \($0.key)\n\($0.value)" }.joined()
    }
}
