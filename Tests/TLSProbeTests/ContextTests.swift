import Foundation
import Testing

@testable import TLSProbe

@Suite("TLS context")
struct ContextTests {
    /// Carries what only one thread at a time touches.
    // The semaphores order all uses.
    private final class Handover: @unchecked Sendable {
        var context: TLSContext?
        var error: (any Error)?
        let made = DispatchSemaphore(value: 0)
        let dropped = DispatchSemaphore(value: 0)
    }

    /// Its thread-local cleanup runs behind its main function: only joining it shows that all went well.
    @Test("A thread may end after the context that it used is gone")
    func threadOutlivesContext() throws {
        let handover = Handover()
        let thread = JoinableThread {
            do {
                let context = try TLSContext()
                _ = try TLSSession(context: context, host: nil).handshake()
                handover.context = context
            } catch {
                handover.error = error
            }
            handover.made.signal()
            handover.dropped.wait()
        }
        handover.made.wait()
        #expect(handover.error == nil)
        #expect(handover.context != nil)
        handover.context = nil
        handover.dropped.signal()
        thread.join()
    }

    @Test("Contexts that live at the same time share no library context; later ones take over")
    func lending() throws {
        let first = try LibraryContexts.take()
        let second = try LibraryContexts.take()
        #expect(first != second)
        LibraryContexts.giveBack(first)
        LibraryContexts.giveBack(second)
    }
}

/// A POSIX thread that can be waited for until it is wholly gone.
private struct JoinableThread {
    private final class Body {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }

    private var id = pthread_t()

    init(_ run: @escaping @Sendable () -> Void) {
        pthread_create(
            &id, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(Body(run)).toOpaque())
    }

    func join() { pthread_join(id, nil) }
}
