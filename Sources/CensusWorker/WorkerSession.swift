import CensusModel
import CensusStore
import DomainNames
import Logging

/// One incarnation of a worker, from its registration until it is drained, cancelled or has lost its leases.
struct WorkerSession: Sendable {
    let owner: Worker
    let worker: WorkerID
    let clock: LeaseClock

    var store: Store { owner.store }
    var settings: WorkerSettings { owner.settings }
    var logger: Logger { owner.logger }

    private enum End { case worked, cancelled }

    /// Works until the worker is drained.
    ///
    /// - Throws: `LeaseExpired`, `CancellationError`, or an error that ends the worker.
    func run() async throws {
        try await withThrowingTaskGroup(of: End.self) { group in
            group.addTask { try await renewLeases() }
            group.addTask { try await watchLease() }
            group.addTask { try await work() }
            defer { group.cancelAll() }
            while let end = try await group.next() {
                if case .worked = end { return }
            }
        }
    }

    /// Renews all leases of this worker in one statement, three times in each lease period, and reads who opted out: without
    /// that the worker may not go on, since it could dial somebody who asked it not to a lease period ago.
    private func renewLeases() async throws -> End {
        while !Task.isCancelled {
            try await Task.sleep(for: .seconds(settings.leaseSeconds / 3))
            let asked = ContinuousClock.now
            let lease = try await StoreRetry.run(logger: logger) { try await store.heartbeat(worker) }
            try await owner.contactRules.refresh(from: store, logger: logger)
            // Once over, for good: a process that was stopped meanwhile has seen deadlines pass that say nothing of hosts.
            guard clock.holds else { throw LeaseExpired() }
            clock.renewed(askedAt: asked, remaining: lease.remaining)
            try await forgetStoppedScans()
        }
        return .cancelled
    }

    /// Scans that were paused, cancelled or have ended get no further probe from this worker.
    private func forgetStoppedScans() async throws {
        let open = await owner.contexts.open
        guard !open.isEmpty else { return }
        let stopped = try await StoreRetry.run(logger: logger) { try await store.stoppedScans(among: open) }
        await owner.contexts.forget(stopped)
    }

    /// Stops everything at the moment when the leases may have ended, whatever a pending renewal is waiting for.
    private func watchLease() async throws -> End {
        while clock.holds { try await Task.sleep(until: clock.end, clock: .continuous) }
        throw LeaseExpired()
    }

    private func work() async throws -> End {
        let writer = CompletionWriter(store: store, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await writer.run() }
            group.addTask {
                defer { writer.finish() }
                try await takeBatches(writer)
            }
            try await group.waitForAll()
        }
        return .worked
    }

    /// Leases and serves until drained. A drain that outlives its limit closes what is in flight: those targets stay
    /// to be done, and what the lanes have found so far is still written.
    private func takeBatches(_ writer: CompletionWriter) async throws {
        try await withThrowingTaskGroup(of: End.self) { group in
            group.addTask {
                async let resolving: Void = ResolveLoop(session: self).run()
                async let probing: Void = ProbeLoop(session: self, writer: writer).run()
                _ = try await (resolving, probing)
                return .worked
            }
            group.addTask { try await drainLimit() }
            let first = try await group.next()
            group.cancelAll()
            if case .cancelled? = first { logger.notice("drain limit reached; closing connections in flight") }
            while await group.nextResult() != nil {}
        }
        try Task.checkCancellation()
    }

    private func drainLimit() async throws -> End {
        while !owner.isDraining { try await Task.sleep(for: .milliseconds(100)) }
        try await Task.sleep(for: .seconds(settings.drainSeconds))
        return .cancelled
    }

    /// Pauses when there was nothing to lease: with jitter, so that a fleet does not ask in step.
    func idle() async throws {
        try await Task.sleep(for: .milliseconds(Int.random(in: 50...200)))
    }
}
