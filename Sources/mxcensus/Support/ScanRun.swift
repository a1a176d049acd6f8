import CensusCoordinator
import CensusModel
import CensusReport
import CensusStore
import CensusWorker
import Foundation
import Logging
import NIOPosix

/// One scan in this process: coordinator and worker together, with progress on standard error.
struct ScanRun: Sendable {
    let store: Store
    let scan: ScanInfo
    let concurrency: Int
    let json: Bool
    /// Told of the progress; nil for nobody.
    var recorder: WeekendRecorder?

    /// Runs until the scan is finished (true) or a signal drained it (false).
    func run() async throws -> Bool {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: ProcessInfo.processInfo.activeProcessorCount)
        let host = ProcessInfo.processInfo.hostName
        let worker = Worker(
            store: store,
            settings: WorkerSettings(
                name: "\(host):\(ProcessInfo.processInfo.processIdentifier)", concurrency: concurrency),
            group: group, hostName: host, logger: Log.logger("worker"))
        let result = try await Interrupts.handling {
            Console.error("\nDraining: no new probes; those in flight may end. Ctrl-C again stops at once.")
            worker.drain()
        } _: {
            try await drive(worker)
        }
        try await group.shutdownGracefully()
        return result.value
    }

    /// True when the coordinator saw the scan end, false when the worker was drained before.
    private func drive(_ worker: Worker) async throws -> Bool {
        let display = ProgressDisplay(store: store, scan: scan, json: json, recorder: recorder)
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await Coordinator(store: store, logger: Log.logger("coordinator")).run(scan: scan.id)
                return true
            }
            group.addTask {
                try await worker.run()
                return false
            }
            let progress = Task { try await display.run(activity: { worker.activity }) }
            defer { progress.cancel() }
            let finished = try await group.next() ?? false
            if finished {
                worker.drain()
                _ = try await group.next()
            }
            group.cancelAll()
            progress.cancel()
            try await display.finish(activity: worker.activity)
            return finished
        }
    }
}

extension Store {
    /// The summary of a scan that has ended, on standard output.
    func printSummary(of scan: ScanInfo, json: Bool) async throws {
        let summary = try await summary(scan.id)
        let style = TextStyle(width: Console.width, colour: Console.colour)
        Console.output(
            SummaryReport.render(summary, as: json ? .json : .text(style), vocabulary: try Words.load().report))
    }
}
