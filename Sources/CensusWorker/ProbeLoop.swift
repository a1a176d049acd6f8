import CensusModel
import CensusStore
import Logging

/// Leases lanes while connections are free, and serves all of them at once, each at the pace of its network.
struct ProbeLoop: Sendable {
    let session: WorkerSession
    let writer: CompletionWriter

    /// Bounds what one lease keeps in memory, and how much work is lost with a worker.
    private static let targetsPerLane = 64
    private static let lanesAtOnce = 32

    func run() async throws {
        let budget = ConnectionBudget(total: session.settings.concurrency)
        // Discarding: a lane that is done is forgotten, where another group would keep it until the last one is.
        try await withThrowingDiscardingTaskGroup { group in
            // Learnt from the scans served: how many places a lane may need.
            var placesPerLane = session.settings.concurrency
            while !session.owner.isDraining, !Task.isCancelled {
                let room = await budget.room()
                let lanes = try await lease(max: min(Self.lanesAtOnce, max(1, room / placesPerLane)))
                for lane in lanes {
                    let context = try await session.owner.contexts.context(for: lane.scanID)
                    placesPerLane = context.settings.limits.connections
                    let work = ProbeWork(
                        context: context, rules: session.owner.contactRules, budget: budget, clock: session.clock,
                        activity: session.owner.activityCounter, continuation: continuation(of: lane))
                    budget.take(work.places(lane))
                    group.addTask { writer.add(try await work.run(lane)) }
                }
                if lanes.isEmpty { try await session.idle() }
            }
        }
    }

    /// A lease that has all the targets it may have is gone on with: its network most likely has more of them.
    private func continuation(of lane: LaneLease) -> LaneContinuation? {
        guard lane.targets.count == Self.targetsPerLane else { return nil }
        return LaneContinuation(targetsPerLane: Self.targetsPerLane) { [session] found, held, max in
            guard !session.owner.isDraining, session.clock.holds else { return nil }
            do {
                return try await StoreRetry.run(logger: session.logger) {
                    try await session.store.continueLane(found, held: held, max: max)
                }
            } catch is LeaseLost {
                return nil  // As its completion will say.
            }
        }
    }

    private func lease(max: Int) async throws -> [LaneLease] {
        try await StoreRetry.run(logger: session.logger) {
            try await session.store.leaseLanes(session.worker, maxLanes: max, maxTargetsPerLane: Self.targetsPerLane)
        }
    }
}
