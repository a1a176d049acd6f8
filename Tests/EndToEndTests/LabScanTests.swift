import Foundation
import Testing

extension EndToEnd {
    @Suite("A scan of the lab internet")
    struct LabScanTests {
        @Test("finds exactly what the formula says, row by row: every domain, every attempt at every host")
        func equalsTruth() async throws {
            let lab = try await LabSession(scale: "1:2000")
            let data = try TemporaryFolder()
            let scan = try await MXCensusProgram.run(
                ["scan", lab.place.list, "--data-dir", data.path("pg"), "--name", "whole"] + lab.options)
            try #require(scan.status == 0, "\(scan.errors)")
            try await expectTruth(lab, data: data.path("pg"))
        }

        @Test("killed with -9 in the middle and run again, ends with the rows of an undisturbed scan")
        func survivesKill() async throws {
            let lab = try await LabSession(scale: "1:2000")
            let data = try TemporaryFolder()
            let command =
                ["scan", lab.place.list, "--data-dir", data.path("pg"), "--name", "killed", "--json"] + lab.options
            let first = try MXCensusProgram.start(command)
            // Progress lines tell when results are in the database: some, but not all.
            try await first.waitUntil("some probes were done") { program in
                program.errors.split(separator: "\n").contains { line in
                    guard let progress = try? JSONDecoder().decode(ProgressLine.self, from: Data(line.utf8)) else {
                        return false
                    }
                    return progress.targetsDone > 200
                }
            }
            first.signal(SIGKILL)
            let killed = await first.result()
            #expect(killed.status == SIGKILL)
            let second = try await MXCensusProgram.run(command)
            try #require(second.status == 0, "\(second.errors)")
            try await expectTruth(lab, data: data.path("pg"))
        }

        @Test("drained by SIGTERM says how to go on, and going on completes it")
        func drains() async throws {
            let lab = try await LabSession(scale: "1:2000")
            let data = try TemporaryFolder()
            let first = try MXCensusProgram.start(
                ["scan", lab.place.list, "--data-dir", data.path("pg"), "--name", "drained", "--json"] + lab.options)
            try await first.waitUntil("the scan had begun") { $0.errors.contains("\"targets_done\"") }
            first.signal(SIGTERM)
            let drained = await first.result()
            #expect(drained.status == 1)
            #expect(drained.errors.contains("mxcensus scan --resume --name drained"))
            let second = try await MXCensusProgram.run(
                ["scan", "--resume", "--name", "drained", "--data-dir", data.path("pg")] + LabSession.gentle)
            try #require(second.status == 0, "\(second.errors)")
            try await expectTruth(lab, data: data.path("pg"))
        }

        @Test("takes a list of real names, whose answers come from the formula too")
        func realNames() async throws {
            let lab = try await LabSession(scale: "1:2000")
            let data = try TemporaryFolder()
            let list = URL(filePath: #filePath).deletingLastPathComponent().appending(
                path: "../../Examples/domains.csv")
            let scan = try await MXCensusProgram.run(
                ["scan", list.standardizedFileURL.path, "--data-dir", data.path("pg"), "--name", "whole"] + lab.options)
            try #require(scan.status == 0, "\(scan.errors)")
            try await expectTruth(lab, data: data.path("pg"), list: list.standardizedFileURL.path)
        }

        @Test("of a file scans what the file holds: another file of the same name does not mix in")
        func sameName() async throws {
            let lab = try await LabSession(scale: "1:100000")
            let data = try TemporaryFolder()
            let other = try TemporaryFolder()
            let first = try data.write("list.txt", "one.example\ntwo.example\n")
            let second = try other.write("list.txt", "three.example\n")
            for (file, name) in [(first, "a"), (second, "b")] {
                let scan = try await MXCensusProgram.run(
                    ["scan", file, "--data-dir", data.path("pg"), "--name", name] + lab.options)
                try #require(scan.status == 0, "\(scan.errors)")
            }
            let export = try await MXCensusProgram.run(["export", "domains", "b", "--data-dir", data.path("pg")])
            #expect(try export.lines(of: DomainLine.self).map(\.domain) == ["three.example"])
        }

        @Test("The lab that another program started ends with it: when its input ends")
        func labEnds() async throws {
            let folder = try TemporaryFolder()
            let lab = try await MXCensusProgram.run(
                [
                    "lab", "--scale", "1:100000", "--dns-port", "0", "--smtp-port", "0", "--directory",
                    folder.path("lab"),
                    "--until-input-ends",
                ], input: "")
            #expect(lab.status == 0, "\(lab.errors)")
            #expect(lab.output.contains("The lab internet is up."))
        }

        private struct ProgressLine: Decodable {
            let targetsDone: Int
            enum CodingKeys: String, CodingKey { case targetsDone = "targets_done" }
        }

        private func expectTruth(_ lab: LabSession, data: String, list: String? = nil) async throws {
            let domains = try await MXCensusProgram.run(["export", "domains", "--data-dir", data])
            let probes = try await MXCensusProgram.run(["export", "probes", "--data-dir", data])
            try await lab.expectTruth(domains: domains, probes: probes, list: list)
        }
    }
}
