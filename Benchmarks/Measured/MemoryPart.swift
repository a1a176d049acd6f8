import CensusModel
import Foundation
import ProbeEngine
import Synchronization

/// Probes that wait for a farm that lets them wait. Writes the resident bytes that each of them holds.
struct MemoryPart {
    let farm: Farm
    let probes: Int

    /// Probes before the first look at the memory: what is made once is made for them.
    private static let first = 200

    /// `PORT PROBES`
    init(_ arguments: inout Arguments) throws {
        let patient = ProbeTimeouts(
            connect: 3_600_000, greeting: 3_600_000, command: 3_600_000, handshake: 3_600_000, total: 3_600_000)
        farm = try Farm(port: try arguments.next("PORT"), loops: 1, timeouts: patient)
        probes = try arguments.next("PROBES")
    }

    func run() async throws {
        let dialled = Counter()
        let ended = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            func begin(_ indices: Range<Int>) {
                for index in indices {
                    group.addTask {
                        _ = await farm.probe(index, dial: ProbeDial(didDial: { dialled.add() }))
                        ended.add()
                    }
                }
            }
            begin(0..<Self.first)
            try await settle(dialled, Self.first)
            let before = try Usage.residentBytes()
            begin(Self.first..<Self.first + probes)
            try await settle(dialled, Self.first + probes)
            guard ended.count == 0 else { throw Failure("\(ended.count) probes ended instead of waiting") }
            print((try Usage.residentBytes() - before) / probes)
            group.cancelAll()
        }
    }

    /// Returns when all have dialled and nothing is left to do for them: this process then uses no CPU time.
    private func settle(_ dialled: Counter, _ count: Int) async throws {
        var used = Usage.cpu
        var quiet = 0
        while dialled.count < count || quiet < 3 {
            try await Task.sleep(for: .milliseconds(300))
            // A timer of the engine ticks on.
            quiet = Usage.cpu - used < 10_000 ? quiet + 1 : 0
            used = Usage.cpu
        }
    }

    private final class Counter: Sendable {
        private let value = Atomic<Int>(0)
        var count: Int { value.load(ordering: .relaxed) }
        func add() { value.wrappingAdd(1, ordering: .relaxed) }
    }
}
