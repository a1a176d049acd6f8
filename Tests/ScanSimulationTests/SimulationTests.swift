import CensusModel
import Testing

@testable import ScanSimulation

/// Hosts that all take `seconds`, and a database that answers at once: so that times can be worked out by hand.
private func plan(
    _ targets: [Int], rate: Double = 5, connections: Int = 4, seconds: Double = 0.5, workers: [Int] = [100]
) -> SimulationPlan {
    SimulationPlan(
        networks: targets.enumerated().map {
            NetworkLoad(network: CIDR(.v4(UInt32($0) << 8), prefixLength: 24), targets: $1)
        },
        settings: ScanSettings(limits: NetworkLimits(rate: rate, connections: connections)), workers: workers,
        hosts: HostAssumptions(
            latency: seconds, latencySpread: 0, roundTrips: 1, slowShare: 0, unreachableShare: 0, silentShare: 0),
        database: DatabaseAssumptions(lease: 0, completion: 0, idle: 0...0))
}

private func isClose(_ value: Double, _ expected: Double) -> Bool { abs(value - expected) < 1e-6 * max(1, expected) }

@Suite("A simulated scan")
struct SimulationTests {
    @Test(
        "One network whose rate decides: a gap between all starts, and the last probe; however many leases it takes",
        arguments: [1, 2, 10, 64, 65, 640, 10_000])
    func rateDecides(targets: Int) {
        // 5 a second, 0.5 s each: no more than 3 open.
        let result = ScanSimulation.run(plan([targets]))
        #expect(isClose(result.makespan, Double(targets - 1) / 5 + 0.5))
        #expect(result.probes == targets)
    }

    @Test(
        "One network whose connections decide: as many at once, one after the other", arguments: [4, 40, 64, 6400])
    func connectionsDecide(targets: Int) {
        // Four start 0.2 s apart and take 2 s each: then four in every 2 s.
        let result = ScanSimulation.run(plan([targets], seconds: 2))
        #expect(isClose(result.makespan, 0.6 + Double(targets / 4) * 2))
    }

    @Test("Equal networks for all of which there is room take as long as one")
    func manyEqual() {
        let result = ScanSimulation.run(plan(Array(repeating: 10, count: 25)))
        #expect(isClose(result.makespan, 9.0 / 5 + 0.5))
        #expect(result.networkEnds == Array(repeating: result.makespan, count: 25))
    }

    @Test("Equal networks for half of which there is room are served in two rounds")
    func twoRounds() {
        // One probe each, of 2 s; a worker with room for ten.
        let result = ScanSimulation.run(plan(Array(repeating: 1, count: 20), seconds: 2, workers: [10]))
        #expect(isClose(result.makespan, 4))
        #expect(isClose(LowerBound(plan(Array(repeating: 1, count: 20), seconds: 2, workers: [10])).capacity, 4))
    }

    @Test("One giant among many small networks decides, because it begins first", arguments: 1...5)
    func giant(seed: UInt64) {
        var plan = plan(Array(repeating: 3, count: 500) + [640], workers: [40, 40])
        plan.seed = seed
        let bound = LowerBound(plan)
        #expect(isClose(bound.longestNetwork, 639.0 / 5 + 0.5))
        #expect(bound.seconds == bound.longestNetwork)
        #expect(bound.longestNetworks[0].place == 500)
        let result = ScanSimulation.run(plan)
        #expect(result.makespan == result.networkEnds[500])
        #expect(result.makespan >= bound.seconds - 1e-9)
        #expect(result.makespan < bound.seconds * 1.05)
    }

    @Test(
        "Where hosts time out, a long network still takes no longer than if it were served without a break",
        arguments: [1.0, 5.0, 20.0])
    func noBreaks(rate: Double) {
        var plan = plan(Array(repeating: 5, count: 2000) + [40_000], rate: rate, workers: [500, 500])
        plan.hosts = HostAssumptions(unreachableShare: 0.05, silentShare: 0)
        plan.database = DatabaseAssumptions()
        let result = ScanSimulation.run(plan)
        #expect(result.makespan < LowerBound(plan).seconds * 1.05)
    }

    @Test("Where connections are short, the course comes near to all probes over all connections")
    func capacity() {
        // Sizes by Zipf's law.
        var plan = plan((1...2000).map { 20 + 400_000 / ($0 + 100) }, workers: [60, 60])
        plan.hosts = HostAssumptions(unreachableShare: 0.05, silentShare: 0)
        plan.database = DatabaseAssumptions()
        plan.retryDelay = 10
        let bound = LowerBound(plan)
        #expect(bound.seconds == bound.capacity)
        #expect(ScanSimulation.run(plan).makespan < bound.seconds * 1.05)
    }

    @Test("A lane with a target in every hundred that pushes back is not gone on with, and is slowed down")
    func slowed() {
        var plan = plan([2000], seconds: 0.1)
        let quick = ScanSimulation.run(plan).makespan
        plan.hosts.silentShare = 0.01
        plan.timeouts.greeting = 100
        plan.retries = 0
        #expect(ScanSimulation.run(plan).makespan > 1.3 * quick)
    }

    @Test("A host that is out of reach is tried again after 300 and 600 s")
    func retries() {
        var plan = plan([1])
        plan.hosts.unreachableShare = 1
        // Three times 30 s to connect, and the waits between.
        #expect(isClose(ScanSimulation.run(plan).makespan, 30 + 300 + 30 + 600 + 30))
        #expect(isClose(LowerBound(plan).longestHost, 990))
        #expect(ScanSimulation.run(plan).probes == 3)
        plan.retries = 0
        #expect(isClose(ScanSimulation.run(plan).makespan, 30))
    }

    @Test("A host that never greets slows its network down: the gap doubles from its end on")
    func backOff() {
        var plan = plan([2], connections: 1)
        plan.retries = 0
        plan.hosts.silentShare = 1
        // The first ends after 60 s; the second, which waited for its connection, starts at once: 0.4 s have long passed.
        #expect(isClose(ScanSimulation.run(plan).makespan, 120))
        plan.timeouts.greeting = 100
        // Begins 0.4 s after the first began, which ended after 0.1 s.
        #expect(isClose(ScanSimulation.run(plan).makespan, 0.5))
        plan.networks[0].targets = 3
        // Then 0.8 s after the second.
        #expect(isClose(ScanSimulation.run(plan).makespan, 0.4 + 0.8 + 0.1))
    }

    @Test("Hosts that become known late are probed when they are")
    func resolving() {
        var plan = plan([1000])
        plan.resolving = 1000
        let result = ScanSimulation.run(plan)
        #expect(result.makespan > 999)
        #expect(result.makespan < 1002)
        #expect(LowerBound(plan).resolving == 1000)
        #expect(result.makespan >= LowerBound(plan).seconds)
    }

    @Test(
        "No course undercuts the bound, every target is probed, and a seed gives the same course twice",
        arguments: 1...8)
    func bounds(seed: UInt64) {
        var plan = plan((0..<200).map { 1 + Draw(seed, .kind, $0).below(300) }, workers: [50, 30, 70])
        plan.hosts = HostAssumptions()
        plan.database = DatabaseAssumptions()
        plan.seed = seed
        plan.resolving = seed.isMultiple(of: 2) ? 200 : 0
        let result = ScanSimulation.run(plan)
        let again = ScanSimulation.run(plan)
        #expect(result.makespan >= LowerBound(plan).seconds * 0.99)
        #expect(result.probes > plan.networks.reduce(0) { $0 + $1.targets })
        #expect(result.networkEnds == again.networkEnds)
        #expect(result.tail.map(\.seconds) == result.tail.map(\.seconds).sorted())
        #expect(result.tail.last?.seconds == result.makespan)
    }

    @Test("The formula gives hosts the shares and the median that were asked for")
    func hosts() {
        let formula = HostFormula(plan([1]).with(HostAssumptions(latency: 0.2, roundTrips: 1)))
        let attempts = (0..<20_000).map { formula.attempt(1, lane: 3, target: $0) }
        let silent = attempts.filter(\.isRepeated).count
        #expect((900...1100).contains(silent))
        #expect((70...130).contains(attempts.filter(\.pushesBack).count))
        #expect(!(0..<20_000).contains { formula.attempt(2, lane: 3, target: $0).pushesBack })
        let quick = attempts.filter { $0.seconds < 5 }.map(\.seconds).sorted()
        #expect(abs(quick[quick.count / 2] - 0.2) < 0.01)
        // One in twenty above 0.2 s · e^(1.645 · 0.7).
        #expect(abs(quick[quick.count * 95 / 100] - 0.633) < 0.03)
    }

    @Test("Changes that would change nothing are left out")
    func changes() {
        #expect(PlanChange.halveWorkers.applied(to: plan([1])) == nil)
        #expect(PlanChange.noBackOff.applied(to: plan([1])) == nil)
        #expect(PlanChange.doubleWorkers.applied(to: plan([1]))?.workers == [100, 100])
        #expect(PlanChange.halveWorkers.applied(to: plan([1], workers: [7, 8, 9]))?.workers == [7, 8])
    }

    @Test("A scan of nothing takes no time")
    func empty() {
        #expect(ScanSimulation.run(plan([])).makespan == 0)
        #expect(LowerBound(plan([])).seconds == 0)
    }
}

extension SimulationPlan {
    fileprivate func with(_ hosts: HostAssumptions) -> SimulationPlan {
        var plan = self
        plan.hosts = hosts
        return plan
    }
}
