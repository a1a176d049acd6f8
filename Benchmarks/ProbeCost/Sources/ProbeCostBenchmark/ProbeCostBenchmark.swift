import CensusModel
import CensusRules
import CertificateChain
import Foundation
import NIOPosix
import ProbeEngine

/// The engine's side of the benchmark: the same dialogue with the same farm as `bare.c`.
///
/// Usage: `ProbeCostBenchmark PORT PROBES IN_FLIGHT ROOT.pem MODE`, where MODE is `probe` (observe only), `judge` (judge each
/// chain anew) or `remember` (as scans do: a chain that was judged before is remembered). Writes user and system CPU time
/// of the whole process, per probe, in microseconds.
@main
struct ProbeCostBenchmark {
    enum Mode: String { case probe, judge, remember }

    struct Failure: Error, CustomStringConvertible { let description: String }

    let engine: ProbeEngine
    /// Nil: chains are not judged.
    let judge: ChainJudge?
    let port: UInt16
    let inFlight: Int

    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 6, let port = UInt16(arguments[1]), let probes = Int(arguments[2]),
            let inFlight = Int(arguments[3]), let mode = Mode(rawValue: arguments[5])
        else {
            throw Failure(description: "usage: ProbeCostBenchmark PORT PROBES IN_FLIGHT ROOT.pem probe|judge|remember")
        }
        let benchmark = ProbeCostBenchmark(
            engine: try ProbeEngine(
                settings: .init(ehloName: "probe.bench.example"),
                eventLoopGroup: MultiThreadedEventLoopGroup(numberOfThreads: 1)),
            judge: try judge(mode, trustFile: arguments[4]), port: port, inFlight: inFlight)
        try await benchmark.run(probes: inFlight)
        let before = usage()
        try await benchmark.run(probes: probes)
        let after = usage()
        print(
            String(
                format: "%.1f %.1f", (after.user - before.user) / Double(probes),
                (after.system - before.system) / Double(probes)))
    }

    private static func judge(_ mode: Mode, trustFile: String) throws -> ChainJudge? {
        switch mode {
        case .probe: nil
        case .judge: ChainJudge(trustStore: try TrustStore(pemFile: trustFile), cacheSize: 0)
        case .remember: ChainJudge(trustStore: try TrustStore(pemFile: trustFile))
        }
    }

    /// Probes as many addresses, `inFlight` at once.
    private func run(probes: Int) async throws {
        let good = await withTaskGroup(of: Int.self) { group in
            for lane in 0..<inFlight {
                group.addTask {
                    var good = 0
                    for index in stride(from: lane, to: probes, by: inFlight) where await isGood(index) { good += 1 }
                    return good
                }
            }
            return await group.reduce(0, +)
        }
        guard good == probes else { throw Failure(description: "only \(good) of \(probes) probes were good") }
    }

    private func isGood(_ index: Int) async -> Bool {
        // Another address for each probe, as in `bare.c`.
        let address = IPAddress.v4(0x7f01_0000 + UInt32(index * 7919 % (200 << 16)))
        let host = DomainName(normalized: "mx.bench.example")
        let seen = await engine.probe(ProbeTarget(host: host, address: address, port: port))
        guard let judge else { return seen.failure == nil && seen.ehloUnderTLS?.code == 250 && seen.chain.count == 2 }
        let now = Date()
        let verdict = Judge.verdict(of: seen, evidence: judge.evidence(chain: seen.chain, at: now), at: now)
        return verdict.outcome == .trusted
    }

    /// CPU time of this process so far, in microseconds.
    private static func usage() -> (user: Double, system: Double) {
        var usage = rusage()
        // RUSAGE_SELF, which is an enumerator in Glibc.
        getrusage(0, &usage)
        let microseconds = { (time: timeval) in Double(time.tv_sec) * 1e6 + Double(time.tv_usec) }
        return (microseconds(usage.ru_utime), microseconds(usage.ru_stime))
    }
}
