import Foundation
import Synchronization
import UnixSignals

/// Ctrl-C and SIGTERM: the first asks for an orderly end, the second ends at once.
enum Interrupts {
    /// Writing to a closed pipe gives an error instead of ending the process without a word.
    static func ignoreBrokenPipe() { signal(SIGPIPE, SIG_IGN) }

    /// Runs `body`; on the first signal calls `drain` once, on the second exits with status 130.
    ///
    /// - Returns: the result of `body`, and whether a signal came.
    static func handling<Value: Sendable>(
        drain: @escaping @Sendable () async -> Void, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> (value: Value, interrupted: Bool) {
        let interrupted = Flag()
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                let signals = await UnixSignalsSequence(trapping: [.sigint, .sigterm])
                for await _ in signals {
                    guard interrupted.raise() else { exit(130) }
                    await drain()
                }
                return nil
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let value = result { return (value, interrupted.isRaised) }
            }
            throw CancellationError()
        }
    }

    private final class Flag: Sendable {
        private let raised = Mutex(false)

        var isRaised: Bool { raised.withLock { $0 } }

        /// True for the first caller only.
        func raise() -> Bool {
            raised.withLock { raised in
                defer { raised = true }
                return !raised
            }
        }
    }
}
