import CensusModel
import Foundation
import ScanSimulation
import Testing

@testable import CensusReport

@Suite("The report of a planned scan")
struct SimulationReportTests {
    /// One network in which everything takes a second, and nine small ones.
    private var plan: SimulationPlan {
        SimulationPlan(
            networks: (1...10).map {
                NetworkLoad(network: CIDR(.v4(UInt32($0) << 8), prefixLength: 24), targets: $0 == 1 ? 1000 : $0)
            },
            settings: ScanSettings(limits: NetworkLimits(rate: 2, connections: 4)), workers: [100, 100],
            hosts: HostAssumptions(
                latency: 1, latencySpread: 0, roundTrips: 1, slowShare: 0, unreachableShare: 0, silentShare: 0),
            database: DatabaseAssumptions(lease: 0, completion: 0, idle: 0...0))
    }

    private func report(simulated: Bool) -> SimulationReport {
        let run = { (plan: SimulationPlan) in simulated ? ScanSimulation.run(plan) : nil }
        return SimulationReport(
            plan: plan, bound: LowerBound(plan), result: run(plan),
            variants: PlanChange.allCases.compactMap { change in
                change.applied(to: plan).map { (change, LowerBound($0), run($0)) }
            })
    }

    @Test("The text has the bounds, the course, the tail, and what would change it", arguments: [true, false])
    func text(simulated: Bool) throws {
        let text = report(simulated: simulated).text(style: TextStyle(width: 80))
        try expectGolden(text, simulated ? "planned-simulated.txt" : "planned-bounds.txt")
        #expect(isCalm(text))
    }

    @Test("As JSON every time is in seconds")
    func json() throws {
        let data = try JSONEncoder().encode(report(simulated: true))
        let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let scan = try #require(json["scan"] as? [String: Double])
        // 999 gaps of half a second, and the last probe.
        #expect(abs((scan["simulated"] ?? 0) - 500.5) < 1e-6)
        #expect(abs((scan["lowerBound"] ?? 0) - 500.5) < 1e-6)
        #expect(json["probes"] as? Int == 1054)
        #expect((json["variants"] as? [Any])?.count == 4)
    }
}
