import CensusModel
import CensusReport
import CensusStore
import CensusWorker
import Foundation

/// Shows how far a scan is: redrawn in place on a terminal, log lines elsewhere, JSON lines on request.
actor ProgressDisplay {
    private let store: Store
    private let scan: ScanInfo
    private let json: Bool
    /// Told of every sample; nil for nobody.
    private let recorder: WeekendRecorder?
    private let began = ContinuousClock.now
    private var meter: ProgressMeter

    init(store: Store, scan: ScanInfo, json: Bool, recorder: WeekendRecorder? = nil) {
        self.store = store
        self.scan = scan
        self.json = json
        self.recorder = recorder
        meter = ProgressMeter(scan: scan.name)
    }

    /// Shows progress until the task is cancelled.
    func run(activity: @Sendable () -> WorkerActivity) async throws {
        while !Task.isCancelled {
            try await show(activity())
            try await Task.sleep(for: .milliseconds(Console.errorIsTerminal && !json ? 500 : 1000))
        }
    }

    /// The last state, so that a log ends with what was reached.
    func finish(activity: WorkerActivity) async throws {
        try await show(activity)
        if Console.errorIsTerminal, !json { Console.errorRaw(meter.clear()) }
    }

    private func show(_ activity: WorkerActivity) async throws {
        let elapsed = began.duration(to: .now)
        let progress = try await store.progress(scan.id)
        recorder?.note(progress, inFlight: activity.probesInFlight)
        meter.update(
            ProgressSample(
                progress: progress, elapsed: elapsed / .seconds(1),
                inFlight: activity.probesInFlight, inconclusive: Int64(activity.inconclusive)))
        if json {
            Console.error(meter.jsonLine())
        } else if Console.errorIsTerminal {
            Console.errorRaw(meter.redraw(TextStyle(width: Console.width, colour: Console.colour)))
        } else if let line = meter.logLine() {
            Console.error(line)
        }
    }
}
