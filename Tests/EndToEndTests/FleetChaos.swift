import Foundation
import Testing

/// A seeded script of faults: the same seed gives the same faults at the same times after the start.
struct ChaosScript {
    enum Event: CustomStringConvertible {
        case kill(String)
        /// Stopped for longer than a lease lasts.
        case stop(String)
        case `continue`(String)
        /// Asked to end.
        case drain(String)
        case start(String)
        /// PostgreSQL, as by `pg_ctl stop -m immediate`, and started again.
        case crash

        var description: String {
            switch self {
            case .kill(let name): "kill -9 \(name)"
            case .stop(let name): "stop \(name)"
            case .continue(let name): "continue \(name)"
            case .drain(let name): "drain \(name)"
            case .start(let name): "start \(name)"
            case .crash: "crash the database"
            }
        }
    }

    /// Seconds after the start, in order.
    private(set) var events: [(time: Double, event: Event)] = []

    init(faults: Int, seed: UInt64, members: [String]) {
        var random = SplitMix(state: seed)
        var time = 0.0
        /// When each may be the victim of a fault again.
        var busyUntil: [String: Double] = [:]
        for _ in 0..<faults {
            time += .random(in: 0.5...2.5, using: &random)
            let free = members.filter { busyUntil[$0, default: 0] < time }
            guard Int.random(in: 0..<10, using: &random) > 0, let victim = free.randomElement(using: &random) else {
                events.append((time, .crash))
                continue
            }
            let back: Double
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                back = time + .random(in: 0.1...3, using: &random)
                events += [(time, .kill(victim)), (back, .start(victim))]
            case 4..<8:
                back = time + Fleet.leaseSeconds + .random(in: 0.5...4, using: &random)
                events += [(time, .stop(victim)), (back, .continue(victim))]
            default:
                back = time + .random(in: 0.1...3, using: &random)
                events += [(time, .drain(victim)), (back, .start(victim))]
            }
            // Long enough for some work in between.
            busyUntil[victim] = back + .random(in: 1...12, using: &random)
        }
        events.sort { $0.time < $1.time }
    }

    /// Carries it all out, and notes it.
    func run(on fleet: Fleet, log: ChaosLog) async throws {
        let start = ContinuousClock.now
        for (time, event) in events {
            // The times of faults, not a wait for anything.
            try await Task.sleep(until: start + .seconds(time), clock: .continuous)
            await log.add("\(start.duration(to: .now)) \(event)")
            switch event {
            case .kill(let name): await fleet.signal(name, SIGKILL)
            case .stop(let name): await fleet.signal(name, SIGSTOP)
            case .continue(let name): await fleet.signal(name, SIGCONT)
            case .drain(let name): await fleet.signal(name, SIGTERM)
            case .start(let name):
                // What was asked to end may still be about it.
                await fleet.signal(name, SIGKILL)
                try await fleet.start(name)
            case .crash:
                await fleet.cluster.crash()
                try await fleet.cluster.start()
            }
        }
        await log.finish()
    }
}

/// What happened in a run.
actor ChaosLog {
    private(set) var lines: [String] = []
    private(set) var isFinished = false

    func add(_ line: String) { lines.append(line) }

    func finish() { isFinished = true }
}

/// A small generator of random numbers with a seed (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
