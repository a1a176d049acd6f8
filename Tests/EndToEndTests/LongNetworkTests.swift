import Foundation
import Testing

extension EndToEnd {
    @Suite("Long networks")
    struct LongNetworkTests {
        @Test("A network with many hosts is served under one lease, at its pace, and every row equals the truth")
        func oneLease() async throws {
            let folder = try TemporaryFolder()
            let log = folder.path("connections")
            let lab = try await LabSession(scale: "1:16000", hostsPerNetwork: 150, ["--connection-log", log])
            let list = try folder.write("healthy.csv", try await healthy(lab))
            let fleet = try await Fleet(FleetCluster())
            try await fleet.cluster.migrate()
            for name in ["c1", "w1", "w2"] { try await fleet.start(name) }
            let scan = try await fleet.run(
                ["scan", list, "--name", "long", "--detach", "--skip-checks"] + FleetPace.options(lab))
            try #require(scan.status == 0, "\(scan.errors)")
            try await fleet.waitFor("finished", of: "long")
            try await lab.expectTruth(
                domains: try await fleet.run(["export", "domains", "long"]),
                probes: try await fleet.run(["export", "probes", "long"]), list: list)
            // A lease holds 64 targets: it was gone on with.
            let beyond = try await fleet.cluster.sql("SELECT max(targets_done - 64 * fence) > 0 FROM census.lane")
            #expect(beyond == "t")
            try await expectPlan(fleet)
            for (name, result) in await fleet.stop() { #expect(result.status == 0, "\(name): \(result.errors)") }
            try await lab.stop()
            let connections = try LabConnections(file: log)
            #expect(connections.tooFast(rate: FleetPace.rate) == [])
            #expect(connections.tooMany(limit: FleetPace.connections) == [])
        }

        /// A plan by the scan has its networks and its pace, and what is simulated takes as long as its bound, or longer.
        private func expectPlan(_ fleet: Fleet) async throws {
            struct Plan: Decodable {
                struct Times: Decodable { let lower_bound, simulated: Double }
                let targets, networks, connections: Int
                let rate: Double
                let scan: Times
            }
            let result = try await fleet.run(["plan", "--simulate", "--scan", "long", "--json"])
            try #require(result.status == 0, "\(result.errors)")
            let plan = try JSONDecoder().decode(Plan.self, from: Data(result.output.utf8))
            let counts = try await fleet.cluster.sql("SELECT sum(targets_total), count(*) FROM census.lane")
            #expect("\(plan.targets)|\(plan.networks)" == counts)
            #expect(plan.rate == FleetPace.rate)
            #expect(plan.connections == FleetPace.connections)
            #expect(plan.scan.simulated > 0.99 * plan.scan.lower_bound)
        }

        /// Names whose hosts all answer, so that no network is slowed down.
        private func healthy(_ lab: LabSession) async throws -> String {
            let outcomes: Set<String> = ["trusted", "starttls_not_offered", "name_mismatch"]
            let domains = try await lab.truth("--domains").lines(of: DomainLine.self)
            return domains.filter { $0.mx.allSatisfy { outcomes.contains($0.outcome ?? "") } }
                .map { "\($0.domain)\n" }.joined()
        }
    }
}
