import CensusModel
import Synchronization
import Testing

@testable import ProbeEngine

@Suite("Network pacer", .timeLimit(.minutes(2)))
struct NetworkPacerTests {
    private let clock = ManualClock()
    private let network = CIDR(.v4(0xc000_0200), prefixLength: 24)

    /// A body that reports its start and stays until it is let go.
    private final class Visitor: Sendable {
        let started = AsyncStream.makeStream(of: Duration.self)
        let leave = AsyncStream.makeStream(of: Void.self)

        func visit(_ clock: ManualClock) async {
            started.continuation.yield(ManualClock.Instant(offset: .zero).duration(to: clock.now))
            for await _ in leave.stream { break }
        }

        func start() async -> Duration? { await started.stream.first { _ in true } }
    }

    /// What bodies report.
    private final class Tally: Sendable {
        let starts = Mutex<[Duration]>([])
        let inside = Mutex((now: 0, most: 0))
    }

    /// Lets `count` tasks take turns and returns how many were inside at once, at most. Each stays inside until there were
    /// `limit`, so that the result does not depend on who runs when.
    private func mostInside(_ pacer: NetworkPacer, of count: Int, untilSeen limit: Int) async -> Int {
        let tally = Tally()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask { [network] in
                    try? await pacer.withTurn(in: network) {
                        tally.inside.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                        repeat { await Task.yield() } while tally.inside.withLock { $0.most } < limit
                        tally.inside.withLock { $0.now -= 1 }
                    }
                }
            }
        }
        return tally.inside.withLock { $0.most }
    }

    /// Asks for a turn in `network` and returns when the queue holds the request.
    private func enter(_ pacer: NetworkPacer, _ visitor: Visitor, in network: CIDR? = nil) -> Task<Bool, Never> {
        let network = network ?? self.network
        return Task { [clock] in
            do {
                try await pacer.withTurn(in: network) { await visitor.visit(clock) }
                return true
            } catch {
                return false
            }
        }
    }

    @Test("Starts are evenly spaced")
    func spacing() async {
        // The pacer's own tasks sleep until the gap is over.
        defer { clock.advance(by: .seconds(60)) }
        let pacer = NetworkPacer(limits: NetworkLimits(rate: 4, connections: 100), clock: clock)
        let tally = Tally()
        let (reports, report) = AsyncStream.makeStream(of: Void.self)
        let tasks = (0..<5).map { _ in
            Task { [clock, network] in
                try await pacer.withTurn(in: network) {
                    tally.starts.withLock { $0.append(ManualClock.Instant(offset: .zero).duration(to: clock.now)) }
                    report.yield()
                }
            }
        }
        var iterator = reports.makeAsyncIterator()
        await iterator.next()
        for _ in 1..<5 {
            await clock.advanceToNextSleeper()
            await iterator.next()
        }
        for task in tasks { _ = await task.result }
        #expect(tally.starts.withLock { $0 } == (0..<5).map { .milliseconds(250 * $0) })
    }

    @Test("A start that came late pushes the next one back")
    func lateStart() async {
        // The pacer's own tasks sleep until the gap is over.
        defer { clock.advance(by: .seconds(60)) }
        let pacer = NetworkPacer(limits: NetworkLimits(rate: 4, connections: 100), clock: clock)
        let first = Visitor()
        let second = Visitor()
        let a = enter(pacer, first)
        #expect(await first.start() == .zero)
        let b = enter(pacer, second)
        await clock.advanceToNextSleeper()
        #expect(await second.start() == .milliseconds(250))
        // The third finds a network where the last start was long ago.
        clock.advance(by: .milliseconds(600))
        let third = Visitor()
        let c = enter(pacer, third)
        #expect(await third.start() == .milliseconds(850))
        for visitor in [first, second, third] { visitor.leave.continuation.yield() }
        for task in [a, b, c] { #expect(await task.value) }
    }

    @Test("Never more than the limit inside")
    func connections() async {
        let pacer = NetworkPacer(limits: NetworkLimits(rate: 0, connections: 2), clock: clock)
        let visitors = (0..<3).map { _ in Visitor() }
        let first = enter(pacer, visitors[0])
        let second = enter(pacer, visitors[1])
        _ = await visitors[0].start()
        _ = await visitors[1].start()
        let third = enter(pacer, visitors[2])
        clock.advance(by: .seconds(3600))
        // The third starts at the hour at which a place becomes free, although the time was ripe long before.
        clock.advance(by: .seconds(1))
        visitors[1].leave.continuation.yield()
        #expect(await second.value)
        #expect(await visitors[2].start() == .seconds(3601))
        visitors[0].leave.continuation.yield()
        visitors[2].leave.continuation.yield()
        #expect(await first.value)
        #expect(await third.value)
    }

    @Test("Many tasks: the limit inside holds at every moment", .timeLimit(.minutes(5)), arguments: [1, 3])
    func limitUnderLoad(limit: Int) async throws {
        let pacer = NetworkPacer(limits: NetworkLimits(rate: 0, connections: limit))
        #expect(await mostInside(pacer, of: 500, untilSeen: limit) == limit)
        #expect(pacer.networkCount == 0)
    }

    @Test("Networks do not wait for each other")
    func independence() async {
        // The pacer's own tasks sleep until the gap is over.
        defer { clock.advance(by: .seconds(60)) }
        let pacer = NetworkPacer(limits: NetworkLimits(rate: 1, connections: 1), clock: clock)
        let visitors = (0..<50).map { _ in Visitor() }
        let tasks = visitors.indices.map { index in
            enter(pacer, visitors[index], in: CIDR(.v4(UInt32(index) << 8), prefixLength: 24))
        }
        for visitor in visitors { #expect(await visitor.start() == .zero) }
        #expect(pacer.networkCount == 50)
        for visitor in visitors { visitor.leave.continuation.yield() }
        for task in tasks { #expect(await task.value) }
    }

    @Test("A network is forgotten once it is idle and the gap after its last start is over")
    func forgetting() async {
        let pacer = NetworkPacer(limits: NetworkLimits(rate: 1, connections: 1), clock: clock)
        let visitor = Visitor()
        let task = enter(pacer, visitor)
        #expect(await visitor.start() == .zero)
        visitor.leave.continuation.yield()
        #expect(await task.value)
        #expect(pacer.networkCount == 1)
        await clock.advanceToNextSleeper()
        while pacer.networkCount > 0 { await Task.yield() }
    }

    @Test("A task that is cancelled while it waits leaves the queue without a turn")
    func cancellation() async {
        let pacer = NetworkPacer(limits: NetworkLimits(rate: 0, connections: 1), clock: clock)
        let inside = Visitor()
        let holder = enter(pacer, inside)
        _ = await inside.start()
        let given = Visitor()
        let waiter = enter(pacer, given)
        waiter.cancel()
        #expect(await waiter.value == false)
        let next = Visitor()
        let last = enter(pacer, next)
        inside.leave.continuation.yield()
        #expect(await holder.value)
        #expect(await next.start() == .zero)
        next.leave.continuation.yield()
        #expect(await last.value)
        #expect(pacer.networkCount == 0)
    }

    @Test("Draining refuses who waits and who asks later, and leaves those inside alone")
    func draining() async {
        let pacer = NetworkPacer(limits: NetworkLimits(rate: 0, connections: 1), clock: clock)
        let inside = Visitor()
        let holder = enter(pacer, inside)
        _ = await inside.start()
        let waiter = enter(pacer, Visitor())
        pacer.drain()
        #expect(await waiter.value == false)
        #expect(await enter(pacer, Visitor()).value == false)
        inside.leave.continuation.yield()
        #expect(await holder.value)
        #expect(pacer.networkCount == 0)
    }

    // MARK: - Back-off

    /// A turn that says, when it is let go, whether it was pushed back.
    private func visit(_ pacer: NetworkPacer, _ visitor: Visitor, pushedBack: Bool = false) -> Task<Bool, Never> {
        Task { [clock, network] in
            do {
                _ = try await pacer.withTurn(in: network, pushesBack: { $0 }) {
                    await visitor.visit(clock)
                    return pushedBack
                }
                return true
            } catch {
                return false
            }
        }
    }

    @Test("A lease that begins slowed down starts at a fraction of the rate", arguments: [0, 1, 3, 6])
    func slowedRate(slowdown: Int) async {
        // The pacer's own tasks sleep until the gap is over.
        defer { clock.advance(by: .seconds(60)) }
        let pacer = NetworkPacer(limits: NetworkLimits(rate: 4, connections: 1000), clock: clock)
        pacer.open(network, slowdown: slowdown)
        let (reports, report) = AsyncStream.makeStream(of: Duration.self)
        let tasks = (0..<4).map { _ in
            Task { [clock, network] in
                try await pacer.withTurn(in: network) {
                    _ = report.yield(ManualClock.Instant(offset: .zero).duration(to: clock.now))
                }
            }
        }
        var iterator = reports.makeAsyncIterator()
        var starts: [Duration] = []
        for number in 0..<4 {
            if number > 0 { await clock.advanceToNextSleeper() }
            starts.append(await iterator.next() ?? .zero)
        }
        // A quarter of a second, doubled for each step.
        let gap = [0: 250, 1: 500, 3: 2000, 6: 16_000][slowdown] ?? 0
        #expect(starts == (0..<4).map { .milliseconds(gap * $0) })
        for task in tasks { _ = await task.result }
        #expect(pacer.close(network) == slowdown)
    }

    @Test(
        "A lease that begins slowed down has a fraction of the connections, and always one", .timeLimit(.minutes(5)),
        arguments: [(0, 8), (1, 4), (2, 2), (3, 1), (6, 1)])
    func slowedConnections(slowdown: Int, expected: Int) async {
        let pacer = NetworkPacer(limits: NetworkLimits(rate: 0, connections: 8))
        pacer.open(network, slowdown: slowdown)
        #expect(await mostInside(pacer, of: 200, untilSeen: expected) == expected)
        #expect(pacer.close(network) == slowdown)
        #expect(pacer.networkCount == 0)
    }

    @Test("A push-back slows those who wait, from the last start on")
    func atOnce() async {
        // The pacer's own tasks sleep until the gap is over.
        defer { clock.advance(by: .seconds(60)) }
        let pacer = NetworkPacer(limits: NetworkLimits(rate: 4, connections: 4), clock: clock)
        pacer.open(network, slowdown: 0)
        let first = Visitor()
        let a = visit(pacer, first, pushedBack: true)
        #expect(await first.start() == .zero)
        let second = Visitor()
        let b = visit(pacer, second)
        // The second is to be woken at 250 ms; the first is turned away before.
        await clock.waitForSleeper()
        clock.advance(by: .milliseconds(100))
        first.leave.continuation.yield()
        #expect(await a.value)
        await clock.advanceToNextSleeper()
        await clock.advanceToNextSleeper()
        #expect(await second.start() == .milliseconds(500))
        second.leave.continuation.yield()
        #expect(await b.value)
        #expect(pacer.close(network) == 1)
    }

    @Test(
        "Connections that were open together slow the network down once; one that began after it, once more; to a 64th at most"
    )
    func oncePerPace() async {
        let pacer = NetworkPacer(limits: NetworkLimits(rate: 0, connections: 4), clock: clock)
        pacer.open(network, slowdown: 0)
        let together = (0..<4).map { _ in Visitor() }
        let tasks = together.map { visit(pacer, $0, pushedBack: true) }
        for visitor in together { _ = await visitor.start() }
        for (visitor, task) in zip(together, tasks) {
            visitor.leave.continuation.yield()
            #expect(await task.value)
        }
        for _ in 0..<9 {
            let visitor = Visitor()
            let task = visit(pacer, visitor, pushedBack: true)
            _ = await visitor.start()
            visitor.leave.continuation.yield()
            #expect(await task.value)
        }
        #expect(pacer.close(network) == 6)
        pacer.open(network, slowdown: 0)
        let one = Visitor()
        let task = visit(pacer, one, pushedBack: true)
        _ = await one.start()
        one.leave.continuation.yield()
        #expect(await task.value)
        #expect(pacer.close(network) == 1)
    }

    @Test("The slowdown outlives a pause inside a lease, and strange values never speed a network up")
    func remembered() async {
        let pacer = NetworkPacer(limits: NetworkLimits(rate: 4, connections: 2), clock: clock)
        pacer.open(network, slowdown: 2)
        let first = Visitor()
        let a = visit(pacer, first)
        #expect(await first.start() == .zero)
        first.leave.continuation.yield()
        #expect(await a.value)
        clock.advance(by: .seconds(3600))
        #expect(pacer.networkCount == 1)
        #expect(pacer.close(network) == 2)
        for (given, bounded) in [(-5, 0), (99, 6)] {
            pacer.open(network, slowdown: given)
            #expect(pacer.close(network) == bounded)
        }
    }
}
