import CensusModel

/// A course of a scan in virtual time: workers that lease lanes and serve them, one event after the other.
struct Simulation {
    private enum Event {
        /// A worker's call for lanes is answered.
        case ask(worker: Int)
        /// A probe of a lane ends, and its worker has a place free.
        case end(lane: Int)
        /// What a lease has found so far is written, and further targets may come.
        case continuation(lane: Int)
        /// A lane's results are written.
        case completion(lane: Int)
        /// A lane has become due, unless something happened to it meanwhile.
        case due(lane: Int)
        /// Hosts of a lane become known.
        case hosts(lane: Int)
    }

    private struct Entry: Comparable {
        let time: Double
        let order: Int
        let event: Event

        static func < (left: Entry, right: Entry) -> Bool { (left.time, left.order) < (right.time, right.order) }
        static func == (left: Entry, right: Entry) -> Bool { left.order == right.order }
    }

    /// `ConnectionBudget`, and what the loop around it is waiting for.
    private struct Worker {
        enum State { case calling, waitingForRoom, idle }

        var free: Int
        var placesPerLane: Int
        let worthAsking: Int
        var state = State.calling

        init(connections: Int) {
            free = connections
            placesPerLane = connections
            worthAsking = max(1, connections / 16)
        }
    }

    /// A lane that is leased. A class, because it changes with each probe.
    private final class Lease {
        let worker: Int
        let places: Int
        var run: LaneRun
        /// Probes that have ended and are not written.
        var ended: [Attempt] = []
        var mayContinue: Bool

        init(worker: Int, places: Int, run: LaneRun, mayContinue: Bool) {
            self.worker = worker
            self.places = places
            self.run = run
            self.mayContinue = mayContinue
        }

        /// As in the worker's `LaneContinuation`.
        var mark: Int { min(max(targetsPerLane / 4, 2 * places), 3 * targetsPerLane / 4) }
    }

    // As in the worker's `ProbeLoop`.
    private static let targetsPerLane = 64
    private static let lanesAtOnce = 32

    private let plan: SimulationPlan
    private let formula: HostFormula
    private var lanes: [SimulatedLane]
    private var leases: [Int: Lease] = [:]
    private var ready: ReadyLanes
    /// Lanes in the order of their slots.
    private let laneAtPlace: [Int]
    private var workers: [Worker]
    private var queue = PriorityQueue<Entry>()
    private var events = 0
    private var draws = 0
    private var now = 0.0
    private(set) var ends: [Double] = []
    /// When the last probe of each lane ended.
    private(set) var laneEnds: [Double]

    init(_ plan: SimulationPlan) {
        self.plan = plan
        formula = HostFormula(plan)
        let slots = plan.networks.indices.map { Draw(plan.seed, .slot, $0).unit }
        laneAtPlace = plan.networks.indices.sorted { slots[$0] < slots[$1] }
        var places = Array(repeating: 0, count: slots.count)
        for (place, lane) in laneAtPlace.enumerated() { places[lane] = place }
        lanes = plan.networks.indices.map {
            SimulatedLane(number: $0, place: places[$0], targets: plan.networks[$0].targets, plan: plan)
        }
        ready = ReadyLanes(places: slots.count)
        workers = plan.workers.map(Worker.init(connections:))
        laneEnds = Array(repeating: 0, count: slots.count)
        ends.reserveCapacity(plan.networks.reduce(0) { $0 + $1.targets })
    }

    mutating func run() {
        for lane in lanes.indices { learn(lane) }
        for worker in workers.indices { add(.ask(worker: worker), at: 0) }
        while let entry = queue.popFirst() {
            now = entry.time
            switch entry.event {
            case .ask(let worker): ask(worker)
            case .end(let lane): giveBack(lane)
            case .continuation(let lane): goOn(lane)
            case .completion(let lane): complete(lane)
            case .due(let lane): list(lane)
            case .hosts(let lane): learn(lane)
            }
        }
    }

    private mutating func add(_ event: Event, at time: Double) {
        events += 1
        queue.insert(Entry(time: time, order: events, event: event))
    }

    private mutating func draw() -> Double {
        draws += 1
        return Draw(plan.seed, .worker, draws).unit
    }

    // MARK: Lanes

    private mutating func learn(_ lane: Int) {
        lanes[lane].learn(at: now)
        list(lane)
        if let next = lanes[lane].nextKnown { add(.hosts(lane: lane), at: next) }
    }

    /// Puts a lane where workers find it, or has another look when it is due.
    private mutating func list(_ lane: Int) {
        unlist(lane)
        guard lanes[lane].state == .ready else { return }
        guard lanes[lane].readyAt <= now else { return add(.due(lane: lane), at: lanes[lane].readyAt) }
        let sizeClass = lanes[lane].sizeClass
        lanes[lane].listedClass = sizeClass
        ready.insert(lanes[lane].place, class: sizeClass)
        // Workers that found nothing are somewhere in the middle of their pause.
        for worker in workers.indices where workers[worker].state == .idle {
            workers[worker].state = .calling
            let pause = (plan.database.idle.lowerBound + plan.database.idle.upperBound) / 2
            add(.ask(worker: worker), at: now + draw() * pause)
        }
    }

    private mutating func unlist(_ lane: Int) {
        guard let sizeClass = lanes[lane].listedClass else { return }
        ready.remove(lanes[lane].place, class: sizeClass)
        lanes[lane].listedClass = nil
    }

    // MARK: Workers

    private mutating func ask(_ worker: Int) {
        let wanted = min(Self.lanesAtOnce, max(1, workers[worker].free / workers[worker].placesPerLane))
        let start = Int(draw() * Double(lanes.count))
        var taken: [Int] = []
        while taken.count < wanted, let place = ready.take(from: start) {
            let lane = laneAtPlace[place]
            lanes[lane].listedClass = nil
            taken.append(lane)
        }
        guard !taken.isEmpty else { return workers[worker].state = .idle }
        for lane in taken { lease(lane, to: worker) }
        workers[worker].placesPerLane = max(1, plan.limits.connections)
        workers[worker].state = .waitingForRoom
        callIfRoom(worker)
    }

    private mutating func callIfRoom(_ worker: Int) {
        guard workers[worker].state == .waitingForRoom, workers[worker].free >= workers[worker].worthAsking else {
            return
        }
        workers[worker].state = .calling
        add(.ask(worker: worker), at: now + plan.database.lease)
    }

    private mutating func lease(_ lane: Int, to worker: Int) {
        lanes[lane].lease()
        let attempts = lanes[lane].takeDue(Self.targetsPerLane, at: now, formula: formula)
        let slowdown = lanes[lane].slowdown
        let places = min(plan.pace.connections(slowdown), attempts.count)
        workers[worker].free -= places
        leases[lane] = Lease(
            worker: worker, places: places,
            run: LaneRun(at: now, pace: plan.pace, slowdown: slowdown, attempts: attempts),
            mayContinue: slowdown == 0 && attempts.count == Self.targetsPerLane)
        serve(lane)
    }

    // MARK: Leases

    /// Goes on with a lease until something happens that others notice: a place becomes free, or targets run out.
    private mutating func serve(_ lane: Int) {
        guard let lease = leases[lane] else { return }
        while let end = lease.run.next() {
            ends.append(end.time)
            laneEnds[lane] = end.time
            lease.ended.append(end.attempt)
            if end.attempt.pushesBack { lease.mayContinue = false }
            if lease.mayContinue, lease.run.remaining == lease.mark {
                return add(.continuation(lane: lane), at: end.time + plan.database.completion)
            }
            if lease.run.remaining < lease.places {
                return add(.end(lane: lane), at: end.time)
            }
        }
        add(.completion(lane: lane), at: now + plan.database.completion)
    }

    private mutating func giveBack(_ lane: Int) {
        guard let worker = leases[lane]?.worker else { return }
        workers[worker].free += 1
        callIfRoom(worker)
        serve(lane)
    }

    /// `continue_lane`.
    private mutating func goOn(_ lane: Int) {
        guard let lease = leases[lane] else { return }
        lanes[lane].write(lease.ended, at: now, formula: formula)
        lease.ended = []
        let wanted = Self.targetsPerLane - lease.mark
        let yields = (ready.greatestClass ?? 0) > lanes[lane].sizeClass
        let attempts = yields ? [] : lanes[lane].takeDue(wanted, at: now, formula: formula)
        lease.run.add(attempts)
        lease.mayContinue = attempts.count == wanted
        serve(lane)
    }

    private mutating func complete(_ lane: Int) {
        guard let lease = leases.removeValue(forKey: lane) else { return }
        lanes[lane].write(lease.ended, at: now, formula: formula)
        lanes[lane].complete(lease.ended, endedAt: lease.run.slowdown, at: now)
        list(lane)
    }
}
