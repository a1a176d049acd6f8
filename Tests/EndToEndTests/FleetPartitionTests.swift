import Foundation
import Testing

extension EndToEnd {
    /// Each site has a worker and a lab of its own, all of them the same Internet: what is probed from one is what would be
    /// found from the other.
    @Suite("A fleet whose network fails", .enabled(if: geteuid() == 0, "namespaces need root"))
    struct FleetPartitionTests {
        private static let sites = 1...2

        @Test("A worker cut off from the database stops before its lease ends, others take over, and it comes back")
        func partition() async throws {
            let networks = try await FleetNetworks(sites: Self.sites.count)
            let folder = try TemporaryFolder()
            var labs: [LabSession] = []
            for site in Self.sites {
                let arguments = [
                    "--dns-port", "5300", "--smtp-port", "2500", "--connection-log", folder.path("log\(site)"),
                ]
                labs.append(
                    try await LabSession(
                        scale: "1:4000", FleetPace.lab + arguments, prefix: networks.inSite(site)))
            }
            let cluster = try await FleetCluster(prefix: networks.inCore, address: "*")
            let fleet = Fleet(cluster)
            try await cluster.migrate()
            try await fleet.start("c1")
            for site in Self.sites {
                try await fleet.start(
                    "w\(site)", prefix: networks.inSite(site), environment: networks.database(from: site))
            }
            try await networks.set(.lossy, of: 2)
            // The labs have authorities of their own.
            let trust = try folder.write(
                "trust.pem", try labs.map { try String(contentsOfFile: $0.place.trustFile, encoding: .utf8) }.joined())
            try await fleet.submit("cut", labs[0], FleetPace.options(labs[0]) + ["--trust-file", trust])
            try await cluster.waitUntil(
                "SELECT lanes > 3 FROM census.worker_state WHERE name = 'w1' AND state = 'active'")

            try await networks.set(.cut, of: 1)
            let cut = try await cluster.sql("SELECT id FROM census.worker WHERE name = 'w1' AND state = 'active'")
            let remaining = try await cluster.sql(
                "SELECT extract(epoch FROM lease_until - clock_timestamp()) FROM census.worker WHERE id = \(cut)")
            // As late as it can be: the database's answer is older than this moment.
            let leaseEnd = Self.now + (try #require(Double(remaining)))
            try await cluster.waitUntil("SELECT true FROM census.worker WHERE id = \(cut) AND state = 'lost'")
            #expect(try await cluster.sql("SELECT count(*) FROM census.lane WHERE worker_id = \(cut)") == "0")
            // Its lanes are served by the other.
            try await cluster.waitUntil(
                "SELECT true FROM census.lane WHERE last_error LIKE 'worker \(cut) %' AND fence > 1")
            let healed = Self.now
            try await networks.set(.fine, of: 1)
            try await cluster.waitUntil(
                "SELECT true FROM census.worker WHERE name = 'w1' AND state = 'active' AND id <> \(cut)")

            try await fleet.waitFor("finished", of: "cut")
            try await networks.set(.fine, of: 2)
            let deserters = await fleet.deserters
            #expect(deserters == [])
            for (name, result) in await fleet.stop() { #expect(result.status == 0, "\(name): \(result.errors)") }
            try await fleet.expectTruth(of: "cut", labs[0])
            for lab in labs { try await lab.stop() }
            let logs = try Self.sites.map { try LabConnections(file: folder.path("log\($0)")) }
            #expect(logs[0].starts.filter { $0 > leaseEnd && $0 < healed } == [])
            #expect(logs[0].starts.contains { $0 < leaseEnd })
            #expect(logs[1].starts.contains { $0 > leaseEnd && $0 < healed })
            // The two labs are one Internet to its networks.
            let all = LabConnections(joining: logs)
            #expect(all.tooFast(rate: FleetPace.rate) == [])
            #expect(all.tooMany(limit: FleetPace.connections) == [])
        }

        /// Seconds of the monotonic clock, as in connection logs.
        private static var now: Double {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
    }
}
