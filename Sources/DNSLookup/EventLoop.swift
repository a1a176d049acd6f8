import CMXUnbound
import Foundation
import Synchronization

/// A thread that runs a libevent loop and the jobs of the actor that names this as its executor.
///
/// The thread lives as long as this object: it ends, and frees the base, after the last reference is gone.
final class EventLoop: SerialExecutor {
    private let core: Core

    /// Starts the thread. Throws when the system has no descriptor or memory left.
    init(name: String) throws(ResolverError) {
        core = try Core()
        let thread = Thread { [core] in core.run() }
        thread.name = name
        thread.start()
    }

    deinit { core.stop() }

    /// The base, for use on the loop's thread only.
    var base: OpaquePointer { core.base }

    func enqueue(_ job: consuming ExecutorJob) {
        core.enqueue(PendingJob(job: UnownedJob(job), executor: asUnownedSerialExecutor()))
    }

    func checkIsolated() {
        precondition(core.isCurrent, "called outside the resolver's thread")
    }
}

private struct PendingJob: Sendable {
    let job: UnownedJob
    let executor: UnownedSerialExecutor
}

/// What the thread holds, so that it does not keep the `EventLoop` alive.
// The base and the wake event are touched by the loop's thread alone once it runs; all else is behind the mutex.
private final class Core: @unchecked Sendable {
    let base: OpaquePointer
    private let wakeEvent: OpaquePointer
    private let wakeDescriptor: Int32
    private let inbox = Mutex(Inbox())

    private struct Inbox {
        var jobs: [PendingJob] = []
        var thread: pthread_t?
        var stopping = false
    }

    init() throws(ResolverError) {
        wakeDescriptor = cmx_wake_descriptor()
        guard wakeDescriptor >= 0 else {
            throw ResolverError(
                "The resolver cannot start: \(String(cString: strerror(errno))); raise the limit of open files")
        }
        guard let base = event_base_new() else {
            close(wakeDescriptor)
            throw ResolverError(
                "The resolver cannot start: libevent has no event loop to give; raise the limit of open files")
        }
        let read: event_callback_fn = { descriptor, _, _ in
            var count: UInt64 = 0
            // A failed read means that there was nothing to reset.
            _ = Glibc.read(descriptor, &count, 8)
        }
        guard let event = event_new(base, wakeDescriptor, Int16(EV_READ | EV_PERSIST), read, nil),
            event_add(event, nil) == 0
        else {
            event_base_free(base)
            close(wakeDescriptor)
            throw ResolverError("The resolver cannot start: libevent refuses an event; is memory exhausted?")
        }
        self.base = base
        wakeEvent = event
    }

    var isCurrent: Bool { inbox.withLock { $0.thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false } }

    func enqueue(_ job: PendingJob) {
        let wakeNeeded = inbox.withLock { inbox in
            inbox.jobs.append(job)
            let onThread = inbox.thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false
            return inbox.jobs.count == 1 && !onThread
        }
        if wakeNeeded { wake() }
    }

    func stop() {
        inbox.withLock { $0.stopping = true }
        wake()
    }

    private func wake() {
        var one: UInt64 = 1
        // It can only fail when the counter is full, and then the loop is awake anyway.
        _ = write(wakeDescriptor, &one, 8)
    }

    func run() {
        inbox.withLock { $0.thread = pthread_self() }
        while true {
            let (jobs, stopping) = inbox.withLock { inbox in
                let jobs = inbox.jobs
                inbox.jobs = []
                return (jobs, inbox.stopping)
            }
            for entry in jobs { entry.job.runSynchronously(on: entry.executor) }
            if stopping, jobs.isEmpty { break }
            let busy = inbox.withLock { !$0.jobs.isEmpty || $0.stopping }
            event_base_loop(base, Int32(busy ? EVLOOP_NONBLOCK : EVLOOP_ONCE))
        }
        event_free(wakeEvent)
        event_base_free(base)
        close(wakeDescriptor)
    }
}

/// A timer on an event loop. To be used on the loop's thread only.
final class LoopTimer {
    private let action: () -> Void
    private var event: OpaquePointer?

    /// Fires once, `delay` from now, unless it is cancelled before or this object is gone.
    init(_ base: OpaquePointer, after delay: Duration, action: @escaping () -> Void) {
        self.action = action
        let callback: event_callback_fn = { _, _, context in
            guard let context else { return }
            let timer = Unmanaged<LoopTimer>.fromOpaque(context).takeUnretainedValue()
            // The action may drop the last other reference.
            withExtendedLifetime(timer) { timer.action() }
        }
        event = event_new(base, -1, 0, callback, Unmanaged.passUnretained(self).toOpaque())
        let (seconds, attoseconds) = max(delay, .zero).components
        // This fails only without memory; the library's own time-outs still end every query then.
        if let event { _ = cmx_event_add(event, Int(seconds), Int(attoseconds / 1_000_000_000_000)) }
    }

    deinit { cancel() }

    func cancel() {
        if let event { event_free(event) }
        event = nil
    }
}
