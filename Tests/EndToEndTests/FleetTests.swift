import Foundation
import Testing

extension EndToEnd {
    @Suite("The commands of a fleet")
    struct FleetTests {
        /// A fleet of its own, with these members.
        private func makeFleet(_ members: String...) async throws -> Fleet {
            let fleet = try await Fleet(FleetCluster())
            try await fleet.cluster.migrate()
            for member in members { try await fleet.start(member) }
            return fleet
        }

        /// Hosts that are slow answer sooner, and silent ones are given up sooner.
        private static let quickLab = ["--wait-factor", "0.2"]
        private func options(_ lab: LabSession) -> [String] {
            lab.options + ["--connect-timeout", "3", "--greeting-timeout", "7", "--step-timeout", "7"]
        }

        private func expectGoodEnds(_ fleet: Fleet) async {
            let deserters = await fleet.deserters
            #expect(deserters == [])
            for (name, result) in await fleet.stop() { #expect(result.status == 0, "\(name): \(result.errors)") }
        }

        /// Waits until a scan has so many results.
        private func waitForResults(_ count: Int, _ fleet: Fleet) async throws {
            try await fleet.cluster.waitUntil("SELECT count(*) >= \(count) FROM census.probe_result")
        }

        @Test("When the leading coordinator is killed the other leads within ten seconds")
        func takeover() async throws {
            let fleet = try await makeFleet()
            for name in ["c1", "c2"] { try await fleet.start(name, ["--lead-seconds", "6"]) }
            try await fleet.cluster.waitUntil(
                "SELECT count(*) = 2 AND bool_or(leads) FROM census.coordinator_state WHERE alive")
            let leader = try await fleet.cluster.sql("SELECT name FROM census.coordinator_state WHERE leads")
            let other = leader == "c1" ? "c2" : "c1"
            await fleet.signal(leader, SIGKILL)
            let killed = try await fleet.cluster.sql("SELECT now()")
            try await fleet.cluster.waitUntil(
                "SELECT true FROM census.coordinator_state WHERE leads AND name = '\(other)'")
            let took = try await fleet.cluster.sql("SELECT since - '\(killed)' < interval '10 s' FROM census.leader")
            #expect(took == "t")
            let status = try await fleet.run(["status", "--json"])
            #expect(try JSONDecoder().decode(Status.self, from: Data(status.output.utf8)).leaders == [other])
            await expectGoodEnds(fleet)
        }

        @Test(
            "A worker told to end hands everything back; workers go on while no coordinator runs; others finish the scan"
        )
        func drain() async throws {
            let lab = try await LabSession(scale: "1:8000", Self.quickLab)
            let fleet = try await makeFleet("c1", "w1")
            try await fleet.submit("drained", lab, options(lab))
            // All is planned: from here on workers have enough to do.
            try await fleet.cluster.waitUntil(
                """
                SELECT count(*) > 0 FROM census.lane HAVING NOT EXISTS (SELECT FROM census.probe_queue)
                  AND NOT EXISTS (SELECT FROM census.resolve_batch WHERE state <> 'done')
                """)
            await fleet.signal("c1", SIGKILL)
            _ = try await fleet.end(of: "c1")
            let before = Int(try await fleet.cluster.sql("SELECT count(*) FROM census.probe_result")) ?? 0
            try await waitForResults(before + 50, fleet)
            await fleet.signal("w1", SIGTERM)
            let ended = try await fleet.end(of: "w1")
            #expect(ended.status == 0, "\(ended.errors)")
            #expect(
                try await fleet.cluster.sql("SELECT lanes, resolve_batches, state FROM census.worker_state")
                    == "0|0|retired")
            // Nothing is marked as lost.
            #expect(try await fleet.cluster.sql("SELECT sum(attempts) FROM census.lane") == "0")
            for name in ["c2", "w2"] { try await fleet.start(name) }
            try await fleet.waitFor("finished", of: "drained")
            await expectGoodEnds(fleet)
            try await fleet.expectTruth(of: "drained", lab)
        }

        @Test("A worker that is started before its database is there waits for it")
        func early() async throws {
            let fleet = try await makeFleet()
            await fleet.cluster.crash()
            try await fleet.start("w1")
            while await !fleet.errors(of: "w1").contains("the database is not there yet") {
                let deserters = await fleet.deserters
                try #require(deserters == [])
                try await Task.sleep(for: .milliseconds(50))
            }
            try await fleet.cluster.start()
            try await fleet.cluster.waitUntil("SELECT true FROM census.worker WHERE name = 'w1' AND state = 'active'")
            await expectGoodEnds(fleet)
        }

        @Test("A submitted scan is paused, resumed and cancelled, and is over only when nobody holds any of it")
        func control() async throws {
            let lab = try await LabSession(scale: "1:4000", Self.quickLab)
            let fleet = try await makeFleet("c1", "w1", "w2")
            let submitted = try await fleet.run(
                ["scan", lab.place.list, "--name", "told", "--detach", "--skip-checks"] + options(lab))
            #expect(submitted.status == 0)
            #expect(submitted.output == "told\n")
            try await waitForResults(20, fleet)
            let paused = try await fleet.run(["pause", "told"])
            #expect(paused.output == "Scan 'told' is paused.\n")
            let leases = "SELECT count(*) FROM census.lane WHERE state = 'leased'"
            try await fleet.cluster.waitUntil("SELECT NOT EXISTS (SELECT FROM census.lane WHERE state = 'leased')")
            let rest = try await fleet.cluster.sql("SELECT count(*) FROM census.probe_result")
            let status = try await fleet.run(["status", "told", "--json"])
            #expect(try JSONDecoder().decode(Status.self, from: Data(status.output.utf8)).states == ["paused"])
            #expect(try await fleet.run(["resume", "told"]).output == "Scan 'told' is running.\n")
            try await waitForResults((Int(rest) ?? 0) + 20, fleet)
            try await fleet.cluster.waitUntil("SELECT EXISTS (SELECT FROM census.lane WHERE state = 'leased')")
            #expect(try await fleet.run(["cancel", "told"]).status == 0)
            try await fleet.waitFor("cancelled", of: "told")
            #expect(try await fleet.cluster.sql(leases) == "0")
            for command in ["pause", "resume"] {
                let refused = try await fleet.run([command, "told"])
                #expect(refused.status == 2)
                #expect(refused.errors.contains("Scan 'told' is cancelled"))
            }
            await expectGoodEnds(fleet)
        }

        @Test("A finished scan with a batch that was given up is completed by `batches retry`")
        func retry() async throws {
            let lab = try await LabSession(scale: "1:16000", Self.quickLab)
            let fleet = try await makeFleet()
            try await fleet.submit("poor", lab, options(lab))
            _ = try await fleet.cluster.sql(
                "UPDATE census.resolve_batch SET state = 'dead', attempts = 5, last_error = 'five workers vanished'")
            try await fleet.start("c1")
            try await fleet.waitFor("finished", of: "poor")
            #expect(try await fleet.cluster.sql("SELECT DISTINCT status FROM census.domain_result") == "dns_failure")
            let list = try await fleet.run(["batches", "list", "poor", "--json"])
            #expect(list.output.contains("five workers vanished"))
            try await fleet.start("w1")
            let retried = try await fleet.run(["batches", "retry", "poor"])
            #expect(retried.output == "1 of 'poor' are ready again.\n")
            try await fleet.waitFor("finished", of: "poor")
            await expectGoodEnds(fleet)
            try await fleet.expectTruth(of: "poor", lab)
        }

        @Test("A setting that is wrong ends with status 2 and says where it came from")
        func badSettings() async throws {
            let folder = try TemporaryFolder()
            let misspelt = try folder.write("misspelt.json", #"{"leaseSecond": 5}"#)
            let wrong = try folder.write("wrong.json", #"{"leaseSeconds": "long"}"#)
            let database = ["--database", "postgresql:///none?host=/nowhere"]
            for (arguments, environment, words) in [
                (["worker", "--lease-seconds", "0"] + database, [:], "--lease-seconds: leaseSeconds must be between"),
                (["worker"] + database, ["MXCENSUS_CONCURRENCY": "many"], "MXCENSUS_CONCURRENCY: concurrency must be"),
                (["worker", "--config", misspelt] + database, [:], "\(misspelt): there is no setting 'leaseSecond'"),
                (["worker", "--config", wrong] + database, [:], "file \(wrong): leaseSeconds must be a number"),
                (
                    ["coordinator", "--lead-seconds", "99"] + database, [:],
                    "--lead-seconds: leadSeconds must be between"
                ),
                (["coordinator"], ["MXCENSUS_DATABASE_URL": "", "MXCENSUS_DATA_DIR": ""], "No database is named"),
            ] as [([String], [String: String], String)] {
                let result = try await MXCensusProgram.run(arguments, environment: environment)
                #expect(result.status == 2, "\(arguments)")
                #expect(result.errors.contains(words), "\(result.errors)")
            }
        }

        @Test("Settings come from the flag, else the environment, else the file; a password is never shown")
        func printConfig() async throws {
            let folder = try TemporaryFolder()
            let file = try folder.write(
                "worker.json", #"{"leaseSeconds": 11, "drainSeconds": 12, "resolveConcurrency": 13, "name": "of file"}"#
            )
            let result = try await MXCensusProgram.run(
                ["worker", "--config", file, "--print-config", "--lease-seconds", "21"],
                environment: [
                    "MXCENSUS_DATABASE_URL": "postgresql://someone:verysecret@db.example.org/census",
                    "MXCENSUS_LEASE_SECONDS": "31", "MXCENSUS_DRAIN_SECONDS": "32",
                ])
            #expect(result.status == 0, "\(result.errors)")
            #expect(!(result.output + result.errors).contains("verysecret"))
            let lines = result.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
            for line in [
                "leaseSeconds 21.0 --lease-seconds", "drainSeconds 32.0 MXCENSUS_DRAIN_SECONDS",
                "resolveConcurrency 13 file \(file)", "name of file file \(file)",
            ] { #expect(lines.contains(line), "\(line) in \(result.output)") }
            #expect(result.output.contains("********"))
        }

        /// `mxcensus status --json`.
        private struct Status: Decodable {
            struct Coordinator: Decodable {
                let name: String
                let leads: Bool
            }
            struct Entry: Decodable { let scan: Scan }
            struct Scan: Decodable { let state: String }
            let coordinators: [Coordinator]
            let scans: [Entry]

            var leaders: [String] { coordinators.filter(\.leads).map(\.name) }
            var states: [String] { scans.map(\.scan.state) }
        }
    }
}
