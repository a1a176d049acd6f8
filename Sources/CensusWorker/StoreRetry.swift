import CensusStore
import Logging

/// Repeats a statement that failed because the database was away, for as long as the task lives.
///
/// Every statement of a worker is safe to repeat: a lease that was granted unseen ends by itself, and a completion that
/// had taken effect is refused the second time by its fencing token.
enum StoreRetry {
    static func run<Value: Sendable>(
        logger: Logger, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        var pause = 0.1
        while true {
            do {
                return try await body()
            } catch let error as StoreError where error.isTransient {
                logger.warning("the database did not answer; trying again", metadata: ["error": "\(error)"])
                try await Task.sleep(for: .seconds(pause * Double.random(in: 0.5...1.5)))
                pause = min(pause * 2, 5)
            }
        }
    }
}
