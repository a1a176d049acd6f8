import CensusModel
import Synchronization

/// Records how a run goes, for the curve afterwards: a hundred samples or so, however long it takes.
final class WeekendRecorder: Sendable {
    /// One moment of a run.
    struct Sample: Sendable {
        /// Seconds since the whole run began.
        let elapsed: Double
        let progress: ScanProgress
        let inFlight: Int
        /// In the order of the groups.
        let usage: [ProcessGroup.Usage]
    }

    private struct State {
        var samples: [Sample] = []
        /// Seconds between samples: doubles whenever there are too many.
        var interval = 2.0
    }

    private static let most = 160
    let groups: [ProcessGroup]
    private let began = ContinuousClock.now
    private let state = Mutex(State())

    init(groups: [ProcessGroup]) { self.groups = groups }

    /// Seconds since the run began.
    var elapsed: Double { began.duration(to: .now) / .seconds(1) }

    var samples: [Sample] { state.withLock { $0.samples } }

    /// Takes a sample, unless the last one is too near. The last one of a run is always taken.
    func note(_ progress: ScanProgress, inFlight: Int, isLast: Bool = false) {
        let now = elapsed
        let isDue = state.withLock { state in
            isLast || now - (state.samples.last?.elapsed ?? -.infinity) >= state.interval
        }
        guard isDue else { return }
        let sample = Sample(elapsed: now, progress: progress, inFlight: inFlight, usage: groups.map { $0.usage() })
        state.withLock { state in
            state.samples.append(sample)
            guard state.samples.count >= Self.most else { return }
            state.samples = state.samples.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
            state.interval *= 2
        }
    }
}
