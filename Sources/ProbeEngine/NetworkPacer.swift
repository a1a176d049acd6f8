import CensusModel
import Synchronization

/// Politeness inside one worker: at most `connections` probes of a network at once, and never two starts nearer than
/// `1/rate` seconds. That is exact for the whole fleet because a network's lane is leased to one worker at a time.
///
/// A network that pushes back is slowed down at once: each time, its rate and connections are halved, down to a 64th of the
/// limits. They never grow while its lease is served.
///
/// Turns are given in the order of asking. A network that is idle costs nothing: its state is forgotten. Safe from any task.
public final class NetworkPacer: Sendable {
    private let pace: NetworkPace
    private let now: @Sendable () -> Duration
    private let sleep: @Sendable (Duration) async -> Void
    private let networks = Mutex<[CIDR: NetworkQueue]>([:])
    private let waiterCount = Atomic<UInt64>(0)
    private let draining = Atomic<Bool>(false)

    /// Paces by the continuous clock.
    public convenience init(limits: NetworkLimits) { self.init(limits: limits, clock: ContinuousClock()) }

    /// Paces by `clock`: a test's own lets time pass at will.
    public init<C: Clock>(limits: NetworkLimits, clock: C) where C.Duration == Duration {
        pace = NetworkPace(limits)
        let zero = clock.now
        now = { zero.duration(to: clock.now) }
        sleep = { time in
            // The tasks that sleep here are never cancelled; should a clock throw, the caller looks at the time again.
            try? await clock.sleep(until: zero.advanced(by: time), tolerance: .zero)
        }
    }

    /// Networks with a turn running, waited for or too recent, or a lease that is served: for tests and metrics.
    public var networkCount: Int { networks.withLock { $0.count } }

    /// How many connections to a network that is slowed down so far may be open at once.
    public func connections(slowdown: Int) -> Int { pace.connections(NetworkPace.bounded(slowdown)) }

    /// Begins to serve a lease of a network that is slowed down so far: its rate and connections are divided by two to this
    /// power, from 0 to 6. Each call is followed by one of `close`.
    public func open(_ network: CIDR, slowdown: Int) {
        update(network) { queue, _ in
            queue.open(slowdown: slowdown)
            return []
        }
    }

    /// Ends a lease, and says how far the network is slowed down now.
    public func close(_ network: CIDR) -> Int {
        var slowdown = 0
        update(network) { queue, _ in
            queue.close()
            slowdown = queue.slowdown
            return []
        }
        return slowdown
    }

    /// Waits for the network's turn, runs the body, gives the place back.
    ///
    /// A task that is cancelled while it waits leaves the queue and throws; once the body runs, cancelling is the body's affair.
    ///
    /// - Parameter pushesBack: whether what the body found asks for a gentler pace. Of several turns that began at the same
    ///   pace, only the first slows the network down.
    public func withTurn<T: Sendable>(
        in network: CIDR, pushesBack: @Sendable (T) -> Bool = { _ in false }, _ body: @Sendable () async -> T
    ) async throws(CancellationError) -> T {
        try await withTurn(in: network, pushesBack: pushesBack) { started in
            started()
            return await body()
        }
    }

    /// The same for a body that says by its argument when it really starts: nobody else does before, and the gap counts
    /// from then. So starts keep their distance even when the process is starved or stopped between turn and start.
    /// A body that ends without a word counts as started at its end.
    public func withTurn<T: Sendable>(
        in network: CIDR, pushesBack: @Sendable (T) -> Bool = { _ in false },
        _ body: @Sendable (_ started: @escaping @Sendable () -> Void) async -> T
    ) async throws(CancellationError) -> T {
        try await takePlace(in: network)
        let turn = Turn()
        let started: @Sendable () -> Void = { [self] in turn.start { start(in: network) } }
        let result = await body(started)
        started()
        let isPushedBack = pushesBack(result)
        update(network) { queue, _ in
            queue.leave()
            if isPushedBack { queue.pushedBack(from: turn.slowdown) }
            return []
        }
        return result
    }

    /// One turn, which starts once.
    private final class Turn: Sendable {
        private let level = Mutex<Int?>(nil)

        /// How far the network was slowed down when the turn started.
        var slowdown: Int { level.withLock { $0 ?? 0 } }

        func start(_ start: () -> Int) { level.withLock { if $0 == nil { $0 = start() } } }
    }

    /// Gives no further turns: whoever waits, and whoever asks later, gets a `CancellationError`. Bodies that run go on.
    public func drain() {
        draining.store(true, ordering: .relaxed)
        // Who asked before this lock is refused here, who asks after it sees the flag.
        let effects = networks.withLock { networks in
            networks.keys.flatMap { key in networks[key]?.refuseAll() ?? [] }
        }
        for case .refuse(let continuation) in effects { continuation.resume(returning: false) }
    }

    private func takePlace(in network: CIDR) async throws(CancellationError) {
        let waiter = waiterCount.add(1, ordering: .relaxed).newValue
        let granted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                update(network) { queue, _ in
                    if Task.isCancelled || draining.load(ordering: .relaxed) { return [.refuse(continuation)] }
                    queue.enqueue(waiter, continuation)
                    return []
                }
            }
        } onCancel: {
            update(network) { queue, _ in queue.withdraw(waiter).map { [.refuse($0)] } ?? [] }
        }
        if !granted { throw CancellationError() }
    }

    /// Stamps the start when it really happens: a task may have been woken late, and the next must not come too near.
    ///
    /// - Returns: how far the network is slowed down at the start.
    private func start(in network: CIDR) -> Int {
        var slowdown = 0
        update(network) { queue, time in
            queue.started(at: time)
            slowdown = queue.slowdown
            return []
        }
        return slowdown
    }

    /// Changes a network's queue, then gives out what turns are due.
    private func update(_ network: CIDR, _ change: (inout NetworkQueue, Duration) -> [NetworkQueue.Effect]) {
        let effects = networks.withLock { networks in
            // Read under the lock, so that time never runs backwards for a queue.
            let time = now()
            var queue = networks.removeValue(forKey: network) ?? NetworkQueue(pace)
            let effects = change(&queue, time) + queue.advance(at: time)
            if !queue.isIdle(at: time) { networks[network] = queue }
            return effects
        }
        for effect in effects { carryOut(effect, network) }
    }

    private func carryOut(_ effect: NetworkQueue.Effect, _ network: CIDR) {
        switch effect {
        case .grant(let continuation): continuation.resume(returning: true)
        case .refuse(let continuation): continuation.resume(returning: false)
        case .wake(let time):
            Task {
                await sleep(time)
                update(network) { queue, _ in
                    queue.woke()
                    return []
                }
            }
        }
    }
}
