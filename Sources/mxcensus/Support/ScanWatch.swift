import CensusModel
import CensusStore
import CensusWorker

/// Shows how far a scan is that coordinators and workers elsewhere serve.
struct ScanWatch: Sendable {
    let store: Store
    let scan: ScanInfo
    let json: Bool

    /// Shows progress until the scan has ended (true) or a signal came (false). The scan goes on in either case.
    func run() async throws -> Bool {
        let display = ProgressDisplay(store: store, scan: scan, json: json)
        let watching = Task { try await display.run(activity: { WorkerActivity() }) }
        let ended = Task {
            while try await store.findScan(id: scan.id)?.finishedAt == nil { try await Task.sleep(for: .seconds(1)) }
        }
        let result = try await Interrupts.handling {
            ended.cancel()
        } _: {
            do {
                try await ended.value
                return true
            } catch is CancellationError {
                return false
            }
        }
        watching.cancel()
        try await display.finish(activity: WorkerActivity())
        return result.value
    }
}
