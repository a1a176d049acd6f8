import CensusModel
import CensusStore
import CertificateChain

import struct Foundation.Date
import class Foundation.ProcessInfo

/// Judges the stored observations of a scan again: by another trust store, at another time, or by newer rules. Nothing is
/// contacted, and the scan is not changed.
public struct Rejudge: Sendable {
    private let store: Store
    private let judge: ObservationJudge
    private let time: Date?

    /// Attempts fetched and judged together: enough to make the cost of a fetch small.
    private static let batch = 500
    /// Batches fetched and not yet reported, for each core: bounds memory.
    private static let batchesPerCore = 2

    /// - Parameters:
    ///   - time: of the judgement; nil for each probe's own time.
    public init(store: Store, trustStore: TrustStore, time: Date?) {
        self.store = store
        self.time = time
        judge = ObservationJudge(trustStore: trustStore)
    }

    /// Judges on all cores.
    ///
    /// - Parameter report: gets each attempt that is judged otherwise, by host, in the order of the attempts.
    /// - Throws: `StoreError`; `CancellationError`; what `report` throws.
    public func run(_ scan: Int64, report: (RejudgedRow) throws -> Void) async throws -> RejudgeSummary {
        let limit = Self.batchesPerCore * max(1, ProcessInfo.processInfo.activeProcessorCount)
        var summary = RejudgeSummary()
        var queue = InOrder<[Rejudged]>()
        func take(_ finished: (number: Int, value: [Rejudged])) throws {
            for item in queue.finished(finished.number, finished.value).joined() {
                summary.add(before: item.before, after: item.after, isFinal: item.isFinal, weights: item.weights)
                if let row = item.change { try report(row) }
            }
        }
        try await withThrowingTaskGroup(of: (number: Int, value: [Rejudged]).self) { group in
            try await store.forEachStoredProbes(scan, count: Self.batch) { probes in
                while queue.open >= limit, let finished = try await group.next() { try take(finished) }
                let number = queue.begin()
                group.addTask { (number, try judged(probes)) }
            }
            while let finished = try await group.next() { try take(finished) }
        }
        return summary
    }

    private func judged(_ probes: StoredProbes) throws -> [Rejudged] {
        try probes.decoded().map { Rejudged($0, judge.judge($0.observation, at: time).verdict) }
    }
}

/// One attempt and its new verdict, without what was seen.
private struct Rejudged: Sendable {
    let before: ProbeVerdict
    let after: ProbeVerdict
    let isFinal: Bool
    let weights: Weights
    /// Nil when nothing changed.
    let change: RejudgedRow?

    init(_ probe: StoredProbe, _ verdict: ProbeVerdict) {
        before = probe.verdict
        after = verdict
        isFinal = probe.isFinal
        weights = probe.weights
        change =
            before.isSameJudgement(as: after)
            ? nil
            : RejudgedRow(
                host: probe.host, target: probe.observation.target, startedAt: probe.observation.startedAt,
                attempt: probe.attempt, final: isFinal, before: before, after: after)
    }
}

/// Puts results that come in any order back into the order in which their work was begun.
struct InOrder<Value> {
    private var begun = 0
    private var given = 0
    private var early: [Int: Value] = [:]

    /// How many were begun and not given out.
    var open: Int { begun - given }

    /// The number of a new piece of work, from 0.
    mutating func begin() -> Int {
        defer { begun += 1 }
        return begun
    }

    /// Takes the result of one; gives out all whose turn has come.
    mutating func finished(_ number: Int, _ value: Value) -> [Value] {
        early[number] = value
        var ready: [Value] = []
        while let next = early.removeValue(forKey: given) {
            ready.append(next)
            given += 1
        }
        return ready
    }
}
