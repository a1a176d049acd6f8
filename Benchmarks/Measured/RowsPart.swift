import CensusModel
import CensusStore
import CensusWorker
import CertificateChain
import Foundation
import PostgresClient

/// Results written to a real database: leased lanes are completed with records of real probes, as many lanes in a call
/// as a busy worker completes at once. What is measured is the completing: encoding, libpq, reading the answer.
/// Writes for each round the result rows per second of CPU time of this process.
struct RowsPart {
    /// Where the database is comes from libpq's environment.
    private let settings = ConnectionSettings(keywords: [:])
    let farm: Farm
    let judge: ObservationJudge
    let hosts: Int
    let rounds: Int
    let lanes: Int

    /// The largest number of lanes that `CompletionWriter` puts into one call.
    private static let lanesInCall = 64

    /// `PORT ROOT.pem HOSTS ROUNDS LANES`: the records are those of so many probes of the farm, over and over.
    init(_ arguments: inout Arguments) throws {
        farm = try Farm(port: try arguments.next("PORT"), loops: 1)
        judge = ObservationJudge(trustStore: try TrustStore(pemFile: try arguments.next("ROOT.pem")))
        hosts = try arguments.next("HOSTS")
        rounds = try arguments.next("ROUNDS")
        lanes = try arguments.next("LANES")
    }

    func run() async throws {
        let store = try await Store.open(settings)
        let seen = await probes()
        let worker = try await store.registerWorker(name: "benchmark", leaseSeconds: 3600).worker
        var written = 0
        for _ in 0..<rounds {
            var calls: [[LaneCompletion]] = []
            var rows = 0
            for lease in try await lease(store, worker) {
                let completion = complete(lease, with: seen, from: written + rows)
                rows += completion.records.count
                if calls.last.map({ $0.count < Self.lanesInCall }) ?? false {
                    calls[calls.count - 1].append(completion)
                } else {
                    calls.append([completion])
                }
            }
            let before = Usage.cpu
            for call in calls {
                guard try await store.completeLanes(call).isEmpty else { throw Failure("a lease was lost") }
            }
            print(Double(rows) / (Usage.cpu - before) * 1e6)
            written += rows
        }
        try await store.retireWorker(worker)
        await store.close()
    }

    private struct Seen {
        let observation: ProbeObservation
        let verdict: ProbeVerdict
        let evidence: ChainEvidence?
    }

    private func probes() async -> [Seen] {
        var seen: [Seen] = []
        for index in 0..<hosts {
            let observation = await farm.probe(index)
            let (verdict, evidence) = judge.judge(observation)
            seen.append(Seen(observation: observation, verdict: verdict, evidence: evidence))
        }
        return seen
    }

    private func lease(_ store: Store, _ worker: WorkerID) async throws -> [LaneLease] {
        var leases: [LaneLease] = []
        while leases.count < lanes {
            let more = try await store.leaseLanes(
                worker, maxLanes: min(32, lanes - leases.count), maxTargetsPerLane: 64)
            guard !more.isEmpty else { throw Failure("only \(leases.count) of \(lanes) lanes could be leased") }
            leases += more
        }
        return leases
    }

    private func complete(_ lease: LaneLease, with seen: [Seen], from first: Int) -> LaneCompletion {
        LaneCompletion(
            lease: lease,
            records: lease.targets.enumerated().map { index, target in
                let look = seen[(first + index) % seen.count]
                return ProbeRecord(
                    targetID: target.targetID, hostID: target.hostID, observation: look.observation,
                    verdict: look.verdict, evidence: look.evidence, next: .final)
            })
    }
}
