import CensusModel
import NIOCore
import SMTPProtocol
import Synchronization
import TLSProbe

import struct Foundation.Date

/// All probes of one event loop, seen from outside of it.
final class LoopLane: Sendable {
    private let eventLoop: any EventLoop
    private let probes: NIOLoopBoundBox<LoopProbes>

    init(eventLoop: any EventLoop, settings: ProbeEngineSettings) throws {
        self.eventLoop = eventLoop
        probes = .makeBoxSendingValue(
            try LoopProbes(eventLoop: eventLoop, settings: settings), eventLoop: eventLoop)
    }

    /// Runs one probe to its end.
    func probe(_ target: ProbeTarget, _ dial: ProbeDial) async -> ProbeObservation {
        let ticket = Ticket()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                eventLoop.submit { [probes] in
                    probes.value.begin(target, ticket, dial) { continuation.resume(returning: $0) }
                }.whenFailure { error in
                    // The loop is shut down: nothing was begun.
                    var observation = ProbeObservation(target: target, startedAt: Date())
                    observation.failure = .local(EscapedText.escape("\(error)".utf8, limit: 256))
                    continuation.resume(returning: observation)
                }
            }
        } onCancel: {
            ticket.isCancelled.store(true, ordering: .sequentiallyConsistent)
            eventLoop.execute { [probes] in probes.value.cancel(ticket) }
        }
    }
}

/// Stands for one call of `probe`: the cancellation may come before the probe has begun, or after it has ended.
final class Ticket: Sendable {
    let isCancelled = Atomic<Bool>(false)
}

/// The probes of one event loop and what they share. Used on that loop only.
final class LoopProbes {
    let eventLoop: any EventLoop
    let settings: ProbeEngineSettings
    let tls: TLSContext
    private var running: [ObjectIdentifier: ProbeHandler] = [:]
    private var deadlines = DeadlineTable<ObjectIdentifier>()
    private var isTicking = false

    init(eventLoop: any EventLoop, settings: ProbeEngineSettings) throws {
        self.eventLoop = eventLoop
        self.settings = settings
        tls = try TLSContext()
    }

    func begin(
        _ target: ProbeTarget, _ ticket: Ticket, _ dial: ProbeDial, deliver: @escaping (ProbeObservation) -> Void
    ) {
        let handler = ProbeHandler(target: target, ticket: ticket, dial: dial, probes: self, deliver: deliver)
        running[handler.id] = handler
        handler.begin()
        // The cancellation came first, and found nothing to cancel.
        if ticket.isCancelled.load(ordering: .sequentiallyConsistent) { handler.cancel() }
    }

    func cancel(_ ticket: Ticket) { running[ObjectIdentifier(ticket)]?.cancel() }

    /// Makes sure that the probe is asked again about its deadline no later than a tick after `deadline`.
    func watch(_ handler: ProbeHandler, until deadline: NIODeadline) {
        deadlines.file(handler.id, at: deadline.uptimeNanoseconds)
        tickIfNeeded()
    }

    func remove(_ handler: ProbeHandler) {
        running[handler.id] = nil
        deadlines.remove(handler.id)
    }

    /// One timer serves all probes of the loop: the loop's own timers would cost each probe a search through all others.
    private func tickIfNeeded() {
        guard !isTicking, !deadlines.isEmpty else { return }
        isTicking = true
        eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(Int64(DeadlineTable<ObjectIdentifier>.tick))) {
            self.isTicking = false
            for id in self.deadlines.takeDue(at: NIODeadline.now().uptimeNanoseconds) {
                self.running[id]?.deadlineMayHavePassed()
            }
            self.tickIfNeeded()
        }
    }
}
