import Foundation
import Glibc
import Testing

extension EndToEnd {
    @Suite("Owners who asked to be left alone")
    struct OptOutTests {
        @Test("are not contacted by a scan, and whatever else it finds is what the formula says")
        func before() async throws {
            let logs = try TemporaryFolder()
            let lab = try await LabSession(
                scale: "1:8000", ["--connection-log", logs.path("connections")])
            let data = try TemporaryFolder()
            let attempts = try await lab.truth("--attempts").lines(of: AttemptLine.self)
            let domains = try await lab.truth("--domains").lines(of: DomainLine.self)
            // A network, a domain of the list, and the names of some provider's hosts.
            let network = try prefix(#require(attempts.first { $0.outcome == "trusted" }).address)
            let listed = try #require(domains.first { $0.status == "mx" }).domain
            let provider = try parent(#require(attempts.last { prefix($0.address) != network }).host)
            let asked = try data.write("asked.txt", "# by mail\n\(listed.uppercased())  # the owner\n\(provider)\n")
            let add = try await optOut(data, ["add", "\(network)0/24", "--file", asked, "--reason", "ticket 1"])
            try #require(add.status == 0, "\(add.errors)")

            let scan = try await MXCensusProgram.run(
                ["scan", lab.place.list, "--data-dir", data.path("pg"), "--name", "left"] + lab.options)
            try #require(scan.status == 0, "\(scan.errors)")
            try await lab.stop()

            let covered = { (name: String) in [listed, provider].contains { name == $0 || name.hasSuffix(".\($0)") } }
            let touched = Set(attempts.filter { covered($0.host) || prefix($0.address) == network }.map(\.host))
            #expect(!touched.isEmpty && touched.count < attempts.count / 2)
            let found = try await export("probes", data).lines(of: AttemptLine.self)
            #expect(!found.contains { covered($0.host) || prefix($0.address) == network })
            // Hosts that only domains name which were not looked up are not met at all.
            let met = Set(domains.filter { !covered($0.domain) }.flatMap { $0.mx.map(\.host) }).subtracting(touched)
            let expected = attempts.filter { met.contains($0.host) }
            let others = found.filter { !touched.contains($0.host) }
            #expect(expected.count > attempts.count / 2 && others.count == expected.count)
            #expect(Set(others).symmetricDifference(expected).isEmpty)
            let resolved = try await export("domains", data).lines(of: DomainLine.self)
            #expect(resolved.count == domains.count)
            let own = resolved.filter { covered($0.domain) }
            #expect(own.contains { $0.domain == listed })
            #expect(own.allSatisfy { $0.status == "opted_out" && $0.verdict == "unresolved" && $0.mx.isEmpty })
            let untouched = { (line: DomainLine) in
                !covered(line.domain) && !line.mx.contains { touched.contains($0.host) || covered($0.host) }
            }
            #expect(Set(resolved.filter(untouched)).symmetricDifference(domains.filter(untouched)).isEmpty)

            let dialled = try connections(logs.text("connections")).map(\.address)
            #expect(dialled.count > 100)
            #expect(!dialled.contains { prefix($0) == network })
            let barred = Set(attempts.filter { covered($0.host) }.map(\.address))
                .subtracting(attempts.filter { !covered($0.host) }.map(\.address))
            #expect(!dialled.contains { barred.contains($0) })
        }

        @Test("while a scan runs are left alone one lease period later, and the scan comes to its end without them")
        func during() async throws {
            let logs = try TemporaryFolder()
            let lab = try await LabSession(
                scale: "1:8000", ["--connection-log", logs.path("connections")])
            let data = try TemporaryFolder()
            // So slow that most targets wait for their turn for longer than a lease period.
            let scan = try MXCensusProgram.start(
                ["scan", lab.place.list, "--data-dir", data.path("pg"), "--name", "during", "--json"] + lab.options
                    + ["--rate", "0.25"])
            try await scan.waitUntil("some probes were done") { program in
                program.errors.split(separator: "\n").contains { line in
                    guard let progress = try? JSONDecoder().decode(Progress.self, from: Data(line.utf8)) else {
                        return false
                    }
                    return progress.targetsDone > 5
                }
            }
            let add = try await optOut(
                data, ["add", "0.0.0.0/0", "::/0", "--force", "--reason", "everybody", "--by", "alice"])
            try #require(add.status == 0, "\(add.errors)")
            let added = monotonicNanoseconds()
            let result = await scan.result()
            #expect(result.status == 0, "\(result.errors)")
            try await lab.stop()
            let all = try connections(logs.text("connections"))
            #expect(!all.isEmpty)
            // The lease period of a scan is 30 seconds.
            #expect(!all.contains { $0.at > added + 30_000_000_000 })
            let hosts = try await MXCensusProgram.run([
                "psql", "--data-dir", data.path("pg"), "--", "-Atc",
                "SELECT count(*) FILTER (WHERE status = 'opted_out') > 20, (SELECT count(*) FROM census.probe_target) FROM census.mx_host",
            ])
            #expect(hosts.output == "t|0\n", "\(hosts.errors)")
            let list = try await optOut(data, ["list", "--json"])
            let entries = try JSONDecoder().decode([Entry].self, from: Data(list.output.utf8))
            #expect(entries.map(\.entry) == ["0.0.0.0/0", "::/0"])
            #expect(entries.allSatisfy { $0.added_by == "alice" && $0.reason == "everybody" })
        }

        @Test("bad input names its line and value, and nothing is recorded")
        func badInput() async throws {
            let data = try TemporaryFolder()
            let file = try data.write("asked.txt", "example.org\n\n192.0.2.1/24\n")
            for (arguments, words) in [
                (["--file", file], "asked.txt:3: '192.0.2.1/24' is no network"), (["0.0.0.0/0"], "--force"),
                (["2000::/3"], "--force"), (["a@example.org"], "e-mail"), (["300.1.1.1"], "is no network"),
                (["b\u{1b}[31m.example"], "\\x1b"),
            ] {
                let add = try await optOut(data, ["add", "--reason", "why", "example.net"] + arguments)
                #expect(add.status == 2, "\(arguments): \(add.errors)")
                #expect(add.errors.contains(words), "\(add.errors)")
            }
            #expect(try await optOut(data, ["add", "example.net"]).status == 2, "a reason is needed")
            #expect(try await optOut(data, ["remove", "example.net"]).status == 1)
            #expect(try await optOut(data, ["list", "--all", "--json"]).output == "[]\n")
        }

        @Test("are left alone by a single look too when its database is named")
        func probe() async throws {
            let data = try TemporaryFolder()
            let add = try await optOut(
                data, ["add", "127.1.2.0/24", "left.example", "--reason", "line\u{1b}[2J", "--by", "b"])
            try #require(add.status == 0, "\(add.errors)")
            let looks = [
                ["mx.example.net", "--address", "::ffff:127.1.2.3"], ["127.1.2.3"],
                ["mx.left.example", "--address", "127.0.0.1"], ["left.example"],
            ]
            for look in looks {
                let probe = try await MXCensusProgram.run(
                    ["probe", "--data-dir", data.path("pg"), "--allow-network", "127.0.0.0/8", "--port", "1"] + look)
                #expect(probe.status == 1)
                #expect(probe.output.contains("has opted out: not contacted"), "\(probe.output)\(probe.errors)")
                #expect(!probe.output.contains("refused"))
            }
            let list = try await optOut(data, ["list"])
            #expect(list.output.contains("\\x1b[2J") && !list.output.contains("\u{1b}"))
        }

        @Test(
            "special-purpose space is not contacted, wherever the address came from",
            arguments: [
                ["10.0.0.1"], ["::ffff:10.0.0.1"], ["64:ff9b::a00:1"], ["64:ff9b:1::909:909"], ["2001::1"],
                ["mx.example.net", "--address", "169.254.169.254"], ["mx.example.net", "--address", "::127.0.0.1"],
                ["mx.example.net", "--address", "64:ff9b::7f00:1", "--allow-network", "127.0.0.0/8"],
                ["mx.example.net", "--address", "2002:7f00:1::1", "--allow-network", "127.0.0.0/8"],
            ])
        func special(look: [String]) async throws {
            let probe = try await MXCensusProgram.run(
                ["probe", "--port", "1"] + look, environment: ["MXCENSUS_DATABASE_URL": "", "MXCENSUS_DATA_DIR": ""])
            #expect(probe.status == 1)
            #expect(probe.output.contains("special-purpose space: not contacted"), "\(probe.output)\(probe.errors)")
        }

        private func optOut(_ data: TemporaryFolder, _ arguments: [String]) async throws -> ProgramResult {
            try await MXCensusProgram.run(
                ["optout", arguments[0], "--data-dir", data.path("pg")] + arguments.dropFirst())
        }

        private func export(_ what: String, _ data: TemporaryFolder) async throws -> ProgramResult {
            try await MXCensusProgram.run(["export", what, "--data-dir", data.path("pg")])
        }

        /// `127.1.2.` of 127.1.2.3.
        private func prefix(_ address: String) -> String {
            address.split(separator: ".").prefix(3).joined(separator: ".") + "."
        }

        private func parent(_ name: String) -> String {
            name.split(separator: ".").dropFirst().joined(separator: ".")
        }

        private func connections(_ log: String) throws -> [(at: Int, address: String)] {
            try log.split(separator: "\n").compactMap { line in
                let fields = line.split(separator: " ")
                try #require(fields.count == 3)
                return fields[1] == "open" ? (try #require(Int(fields[0])), String(fields[2])) : nil
            }
        }

        private func monotonicNanoseconds() -> Int {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return time.tv_sec * 1_000_000_000 + time.tv_nsec
        }

        private struct Progress: Decodable {
            let targetsDone: Int
            enum CodingKeys: String, CodingKey { case targetsDone = "targets_done" }
        }

        private struct Entry: Decodable {
            let entry, reason, added_by: String
        }
    }
}
