import CensusStore
import Logging
import Synchronization

/// This process's part in leading: it asks again and again, and knows how long the last answer holds.
final class Leadership: Sendable {
    private let store: Store
    private let name: String
    private let seconds: Double
    private let logger: Logger
    /// Of this process; random, so that no two ever have the same.
    private let id = Int64.random(in: 1...Int64.max)
    private let leadsUntil = Mutex<ContinuousClock.Instant?>(nil)

    /// - Parameter seconds: how long it leads without asking again; another takes over within this time after a crash.
    init(store: Store, name: String, seconds: Double, logger: Logger) {
        self.store = store
        self.name = name
        self.seconds = seconds
        self.logger = logger
    }

    /// True while this process leads, by its own monotonic clock: counted from when it asked, so it ends no later than
    /// by the database's.
    var holds: Bool { leadsUntil.withLock { $0.map { ContinuousClock.now < $0 } ?? false } }

    /// Asks three times in each period, until the task is cancelled.
    ///
    /// - Throws: a store error that is not a passing absence of the database; `CancellationError`.
    func keep() async throws {
        while true {
            do {
                try await ask()
            } catch let error as StoreError where error.isTransient {
                logger.warning("the database did not answer; trying again", metadata: ["error": "\(error)"])
            }
            try await Task.sleep(for: .seconds(seconds / 3))
        }
    }

    private func ask() async throws {
        let asked = ContinuousClock.now
        let led = holds
        let leads = try await store.lead(id, name: name, seconds: seconds)
        leadsUntil.withLock { $0 = leads ? asked.advanced(by: .seconds(seconds)) : nil }
        if leads != led { logger.notice(leads ? "leads now" : "stands by: another coordinator leads") }
    }

    /// Lets another lead at once.
    func end() async {
        leadsUntil.withLock { $0 = nil }
        do {
            try await store.stopLeading(id)
        } catch {
            logger.warning(
                "could not say that it ends; another leads when its time is over", metadata: ["error": "\(error)"])
        }
    }
}
