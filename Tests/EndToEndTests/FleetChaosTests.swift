import Foundation
import Testing

extension EndToEnd {
    @Suite("A fleet in trouble")
    struct FleetChaosTests {
        private static let environment = ProcessInfo.processInfo.environment
        private static let faults = environment["MXCENSUS_CHAOS_FAULTS"].flatMap { Int($0) } ?? 50
        private static let seed =
            environment["MXCENSUS_CHAOS_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...999_999)

        @Test("killed, stopped and restarted at random, with its database, ends with the truth and stays polite")
        func chaos() async throws {
            let folder = try TemporaryFolder()
            let lab = try await LabSession(
                scale: "1:4000", FleetPace.lab + ["--connection-log", folder.path("connections")])
            let fleet = try await Fleet(FleetCluster())
            try await fleet.cluster.migrate()
            for name in Fleet.chaosMembers { try await fleet.start(name) }
            let log = ChaosLog()
            let script = ChaosScript(faults: Self.faults, seed: Self.seed, members: Fleet.chaosMembers)
            let scans = try await withThrowingTaskGroup(of: [String].self) { group in
                group.addTask {
                    try await script.run(on: fleet, log: log)
                    return []
                }
                group.addTask { try await scanUntilFinished(lab, fleet, log) }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            let history =
                "MXCENSUS_CHAOS_FAULTS=\(Self.faults) MXCENSUS_CHAOS_SEED=\(Self.seed)\n"
                + (await log.lines.joined(separator: "\n"))
            let deserters = await fleet.deserters
            #expect(deserters == [], "\(history)")
            for (name, result) in await fleet.stop() {
                #expect(result.status == 0, "\(name): \(result.errors.suffix(2000))\n\(history)")
            }
            for scan in scans { try await fleet.expectTruth(of: scan, lab, history) }
            try await lab.stop()
            let connections = try LabConnections(file: folder.path("connections"))
            #expect(connections.count > 400 * scans.count)
            #expect(connections.tooFast(rate: FleetPace.rate) == [], "\(history)")
            #expect(connections.tooMany(limit: FleetPace.connections) == [], "\(history)")
        }

        /// Scan after scan, as long as there are faults to come. Returns their names.
        private func scanUntilFinished(_ lab: LabSession, _ fleet: Fleet, _ log: ChaosLog) async throws -> [String] {
            var scans: [String] = []
            repeat {
                let name = "chaos\(scans.count + 1)"
                scans.append(name)
                try await fleet.submit(name, lab, FleetPace.options(lab))
                await log.add("submitted \(name)")
                while true {
                    try await fleet.waitFor("finished", of: name)
                    // Five leases lost in a row: with so many faults that happens, and is no loss.
                    let retry = try await fleet.run(["batches", "retry", name])
                    if retry.status == 0, retry.output.hasPrefix("No batch") { break }
                    await log.add("retried: \(retry.output)\(retry.errors)")
                }
                await log.add("finished \(name)")
            } while await !log.isFinished
            return scans
        }

        @Test("Two scans of the same networks go on side by side, equal the truth, and together keep to the limits")
        func sharedNetworks() async throws {
            let folder = try TemporaryFolder()
            let lab = try await LabSession(
                scale: "1:8000", FleetPace.lab + ["--connection-log", folder.path("connections")])
            let fleet = try await Fleet(FleetCluster())
            try await fleet.cluster.migrate()
            for name in ["c1", "w1", "w2", "w3"] { try await fleet.start(name) }
            for scan in ["one", "two"] { try await fleet.submit(scan, lab, FleetPace.options(lab)) }
            for scan in ["one", "two"] { try await fleet.waitFor("finished", of: scan) }
            for (name, result) in await fleet.stop() { #expect(result.status == 0, "\(name): \(result.errors)") }
            for scan in ["one", "two"] { try await fleet.expectTruth(of: scan, lab, "") }
            // Neither waited for the other's end.
            let overlaps = try await fleet.cluster.sql(
                """
                SELECT min(r.started_at) FILTER (WHERE s.name = 'two') < max(r.started_at) FILTER (WHERE s.name = 'one')
                  AND min(r.started_at) FILTER (WHERE s.name = 'one') < max(r.started_at) FILTER (WHERE s.name = 'two')
                FROM census.probe_result r JOIN census.scan s ON s.id = r.scan_id
                """)
            #expect(overlaps == "t")
            try await lab.stop()
            let connections = try LabConnections(file: folder.path("connections"))
            #expect(connections.count > 700)
            #expect(connections.tooFast(rate: FleetPace.rate) == [])
            #expect(connections.tooMany(limit: FleetPace.connections) == [])
        }
    }
}
