import CensusModel
import CensusStore
import DomainNames
import Logging
import NIOPosix
import Synchronization

/// Takes batches of any running scan, serves them and writes the results back, until it is drained or cancelled.
///
/// A worker keeps nothing that matters: killed at any moment, its leases end by the database's clock and others take
/// its batches over. Any number of workers may run, here and elsewhere.
public final class Worker: Sendable {
    let store: Store
    let settings: WorkerSettings
    let logger: Logger
    let contexts: ScanContexts
    let activityCounter = ActivityCounter()
    let contactRules = ContactRules()
    private let draining = Mutex(false)

    /// - Parameters:
    ///   - store: shared with whoever else uses it in this process.
    ///   - group: the event loops on which probes run; not shut down by the worker.
    ///   - hostName: the EHLO name for scans that do not set one.
    public init(
        store: Store, settings: WorkerSettings, group: MultiThreadedEventLoopGroup, hostName: String, logger: Logger
    ) {
        self.store = store
        self.settings = settings
        self.logger = logger
        contexts = ScanContexts(store: store, group: group, hostName: hostName)
    }

    /// What the worker is doing now.
    public var activity: WorkerActivity { activityCounter.snapshot }

    /// Serves batches until `drain` is called (then returns when everything is written and handed back) or the task is
    /// cancelled (then closes its connections at once and returns).
    ///
    /// - Throws: a store error that repeating cannot mend, or a scan setting that this machine cannot serve.
    public func run() async throws {
        while !isDraining, !Task.isCancelled {
            let session = try await begin()
            do {
                try await session.run()
            } catch is LeaseExpired {
                logger.warning("the database was away for longer than a lease; starting afresh")
            } catch is LeaseLost {
                // This process was stopped for longer than a lease, and the database said so before our own clock.
                logger.warning("the leases were taken back; starting afresh")
            }
            // Not through a cancelled task: handing back must happen all the same.
            await Task { await retire(session.worker) }.value
        }
        await contexts.shutdown()
    }

    /// Takes no more batches, lets probes in flight end, and hands the rest back. Returns at once; `run` returns when done.
    public func drain() {
        draining.withLock { $0 = true }
        Task { await contexts.drain() }
    }

    var isDraining: Bool { draining.withLock { $0 } }

    /// Registers a new incarnation: leases of an earlier one can never be mistaken for ours.
    private func begin() async throws -> WorkerSession {
        let asked = ContinuousClock.now
        let lease = try await StoreRetry.run(logger: logger) { [store, settings] in
            try await store.registerWorker(name: settings.name, leaseSeconds: settings.leaseSeconds)
        }
        try await contactRules.refresh(from: store, logger: logger)
        let clock = LeaseClock(margin: .seconds(settings.leaseSeconds / 10))
        clock.renewed(askedAt: asked, remaining: lease.remaining)
        return WorkerSession(owner: self, worker: lease.worker, clock: clock)
    }

    private func retire(_ worker: WorkerID) async {
        do {
            try await store.retireWorker(worker)
        } catch {
            logger.warning("leases could not be handed back; they end by themselves", metadata: ["error": "\(error)"])
        }
    }
}

/// The leases could not be renewed in time: whatever is in flight must stop now.
struct LeaseExpired: Error {}
