import Foundation
import Testing

extension EndToEnd {
    @Suite("A scan of the lab, judged again")
    struct RejudgeTests {
        @Test("does not change by its own settings, changes by other ones as it must, and is never written to")
        func rejudges() async throws {
            let lab = try await LabSession(scale: "1:4000")
            let data = try TemporaryFolder()
            let named = try data.write(
                "named.txt",
                ["expires-soon", "not-yet-valid", "expired", "self-signed"].map { "\($0).behaviour.lab.test\n" }
                    .joined())
            let scan = try await MXCensusProgram.run(
                ["scan", lab.place.list, named, "--data-dir", data.path("pg"), "--name", "judged"] + lab.options)
            try #require(scan.status == 0, "\(scan.errors)")
            let before = try await export(data)
            let attempts = try before.lines(of: Attempt.self)
            try #require(attempts.count > 500)

            let same = try await rejudge(data)
            #expect(same.changes.isEmpty, "\(same.changes.prefix(5))")
            #expect(same.summary.attempts == attempts.count)
            #expect(same.summary.changedAttempts == 0)
            try await byAnotherStore(data, attempts)
            try await laterAndEarlier(data, attempts)
            let after = try await export(data)
            #expect(after.output == before.output)
        }

        private func byAnotherStore(_ data: TemporaryFolder, _ attempts: [Attempt]) async throws {
            let other = try await TestCertificates(folder: data, host: "mx.example.net").authority
            let changes = try await rejudge(data, "--trust-file", other).changes
            let trusted = attempts.filter { $0.outcome == "trusted" }
            #expect(Set(changes.filter { $0.outcome == "trusted" }.map(\.host)) == Set(trusted.map(\.host)))
            #expect(
                Set(changes.filter { $0.outcome == "trusted" }.map(\.newOutcome)).isSubset(of: [
                    "unknown_authority", "incomplete_chain", "self_signed",
                ]))
            #expect(changes.allSatisfy { $0.newOutcome != "trusted" && $0.newVerified == false })
        }

        private func laterAndEarlier(_ data: TemporaryFolder, _ attempts: [Attempt]) async throws {
            // The lab's certificates that expire soon do so within ten days, and those of tomorrow begin within ten.
            let in20Days = (Date.now + 20 * 86_400).formatted(.iso8601)
            let later = try await rejudge(data, "--at", in20Days)
            let soon = attempts.filter { $0.outcome == "trusted" && $0.findings.contains("expires_soon") }
            try #require(!soon.isEmpty)
            #expect(hosts(later, to: "expired") == Set(soon.map(\.host)))
            #expect(hosts(later, to: "trusted") == Set(attempts.filter { $0.outcome == "not_yet_valid" }.map(\.host)))
            #expect(later.changes.count { $0.outcome != $0.newOutcome } == later.summary.changedVerdicts.hosts)
            #expect(later.summary.changedVerdicts.domains > 0)
            let lines = try await MXCensusProgram.run(
                ["rejudge", "judged", "--at", in20Days, "--format", "csv", "--data-dir", data.path("pg")])
            #expect(lines.output.split(separator: "\r\n").count == later.changes.count + 1)
            #expect(lines.errors.contains("another verdict"))

            let earlier = try await rejudge(data, "--at", "2001-01-01").changes
            let trusted = attempts.filter { $0.outcome == "trusted" }
            #expect(Set(earlier.filter { $0.outcome == "trusted" }.map(\.host)) == Set(trusted.map(\.host)))
            #expect(earlier.filter { $0.outcome == "trusted" }.allSatisfy { $0.newOutcome == "not_yet_valid" })
        }

        private func hosts(_ document: Document, to outcome: String) -> Set<String> {
            Set(document.changes.filter { $0.newOutcome == outcome && $0.outcome != outcome }.map(\.host))
        }

        private func export(_ data: TemporaryFolder) async throws -> ProgramResult {
            let result = try await MXCensusProgram.run(["export", "probes", "--data-dir", data.path("pg")])
            try #require(result.status == 0, "\(result.errors)")
            return result
        }

        private func rejudge(_ data: TemporaryFolder, _ options: String...) async throws -> Document {
            let result = try await MXCensusProgram.run(
                ["rejudge", "latest", "--format", "json", "--data-dir", data.path("pg")] + options)
            try #require(result.status == 0, "\(result.errors)")
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(Document.self, from: Data(result.output.utf8))
        }

        private struct Attempt: Decodable {
            let host, outcome: String
            let findings: [String]
        }

        private struct Document: Decodable {
            struct Change: Decodable {
                let host, outcome, newOutcome: String
                let newVerified: Bool?
            }
            struct Summary: Decodable {
                struct Weights: Decodable { let hosts, domains: Int }
                let attempts, changedAttempts: Int
                let changedVerdicts: Weights
            }
            let changes: [Change]
            let summary: Summary
        }
    }
}
