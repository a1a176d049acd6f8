import CensusLab
import CensusModel
import CensusWorker
import Foundation
import ProbeEngine
import Synchronization

/// A lab host that can be dialled, and what a probe of it must find.
struct SoakSubject: Sendable {
    let behaviour: String
    let target: ProbeTarget
    let expected: AttemptTruth

    /// One for each behaviour whose hosts are dialled.
    static func all(_ truth: LabTruth, port: UInt16) throws -> [SoakSubject] {
        try Behaviour.all.compactMap { behaviour in
            let host = truth.host("mx.\(behaviour.name).behaviour.lab.test")
            guard let attempt = host.attempts.first else { return nil }
            guard let name = DomainName(normalized: host.host) else {
                throw UsageError("The lab host \(host.host) has no valid name.")
            }
            return SoakSubject(
                behaviour: behaviour.name, target: ProbeTarget(host: name, address: attempt.address, port: port),
                expected: attempt)
        }
    }
}

/// Many probes at once through the real engine and the real rules.
struct SoakRun: Sendable {
    let engine: ProbeEngine
    let judge: ObservationJudge
    let subjects: [SoakSubject]
    let inFlight: Int
    /// Of a whole probe.
    let deadline: Duration

    private static let samplingInterval = Duration.milliseconds(200)

    /// What became of one probe.
    struct Ending: Sendable {
        let subject: Int
        let found: String
        /// How long it lived beyond its deadline; negative when it ended before.
        let overrun: Duration
    }

    /// Probes each subject once to warm up, then `probes` times in an order that follows from `seed`.
    func run(probes: Int, seed: UInt64) async -> SoakReport {
        var report = SoakReport(
            expected: subjects.map { ($0.behaviour, Self.words($0.expected)) }, inFlight: inFlight, deadline: deadline,
            seed: seed)
        // The lab mints its certificates and makes odd keys, and caches fill, before anything is measured.
        await send(Array(subjects.indices)) { _ in }
        var order = (0..<probes).map { $0 % subjects.count }
        var generator = SeededGenerator(state: seed)
        order.shuffle(using: &generator)
        let samples = Mutex<[Int]>([])
        let sampler = Task {
            while !Task.isCancelled {
                if let resident = ResidentMemory.kibibytes { samples.withLock { $0.append(resident) } }
                try? await Task.sleep(for: Self.samplingInterval)
            }
        }
        await send(order) { report.add($0) }
        sampler.cancel()
        await sampler.value
        report.residentKiB = samples.withLock { $0 }
        return report
    }

    /// Keeps `inFlight` probes going until `order` is used up.
    private func send(_ order: [Int], _ ended: (Ending) -> Void) async {
        await withTaskGroup(of: Ending.self) { group in
            var next = 0
            while next < min(inFlight, order.count) {
                let subject = order[next]
                group.addTask { await probe(subject) }
                next += 1
            }
            for await ending in group {
                ended(ending)
                guard next < order.count else { continue }
                let subject = order[next]
                group.addTask { await probe(subject) }
                next += 1
            }
        }
    }

    private func probe(_ number: Int) async -> Ending {
        let subject = subjects[number]
        let clock = ContinuousClock()
        let begin = clock.now
        let observation = await engine.probe(subject.target)
        let overrun = clock.now - begin - deadline
        let (verdict, _) = judge.judge(observation)
        return Ending(subject: number, found: Self.words(verdict), overrun: overrun)
    }

    private static func words(_ truth: AttemptTruth) -> String {
        words(truth.outcome, truth.handshake, truth.conclusive, truth.starttls, truth.verified, truth.findings)
    }

    private static func words(_ verdict: ProbeVerdict) -> String {
        words(
            verdict.outcome, verdict.handshakeFailure, verdict.conclusive, verdict.starttls, verdict.verified,
            verdict.findings)
    }

    /// All that an expectation is about, on one line.
    private static func words(
        _ outcome: Outcome, _ handshake: HandshakeFailure?, _ conclusive: Bool, _ starttls: Bool?, _ verified: Bool?,
        _ findings: [Finding]
    ) -> String {
        let flags = [
            handshake?.code, conclusive ? nil : "inconclusive", starttls.map { "starttls=\($0)" },
            verified.map { "verified=\($0)" },
        ]
        return ([outcome.rawValue] + flags.compactMap(\.self) + findings.map { "+\($0.rawValue)" })
            .joined(separator: " ")
    }
}

/// SplitMix64: the same order for the same seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}

/// Memory of this process that is in RAM.
enum ResidentMemory {
    /// VmRSS of `/proc/self/status` in KiB; nil where there is none.
    static var kibibytes: Int? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") })
        else { return nil }
        return line.split(separator: " ").dropFirst().first.flatMap { Int($0.trimmingCharacters(in: .whitespaces)) }
    }
}
