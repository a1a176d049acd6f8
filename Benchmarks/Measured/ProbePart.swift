import CensusModel
import CensusWorker
import CertificateChain
import NIOPosix
import ProbeEngine

/// Complete probes of the farm, observed and judged as scans do it: a chain that was judged before is remembered.
/// Writes CPU time of the whole process per probe, in microseconds.
struct ProbePart {
    let farm: Farm
    let judge: ObservationJudge
    let probes: Int
    let inFlight: Int

    /// `PORT PROBES IN_FLIGHT ROOT.pem LOOPS`
    init(_ arguments: inout Arguments) throws {
        let port: UInt16 = try arguments.next("PORT")
        probes = try arguments.next("PROBES")
        inFlight = try arguments.next("IN_FLIGHT")
        judge = ObservationJudge(trustStore: try TrustStore(pemFile: try arguments.next("ROOT.pem")))
        farm = try Farm(port: port, loops: try arguments.next("LOOPS"))
    }

    func run() async throws {
        // A round without measurement: so every buffer has its size, and everything that is made once is made.
        try await probe(inFlight)
        let before = Usage.cpu
        try await probe(probes)
        print((Usage.cpu - before) / Double(probes))
    }

    /// Probes as many addresses, `inFlight` at once.
    private func probe(_ count: Int) async throws {
        let good = await withTaskGroup(of: Int.self) { group in
            for lane in 0..<inFlight {
                group.addTask {
                    var good = 0
                    for index in stride(from: lane, to: count, by: inFlight) {
                        let observation = await farm.probe(index)
                        if judge.judge(observation).verdict.outcome == .trusted { good += 1 }
                    }
                    return good
                }
            }
            return await group.reduce(0, +)
        }
        guard good == count else { throw Failure("only \(good) of \(count) hosts were trusted") }
    }
}

/// The engine and the farm that it probes.
struct Farm: Sendable {
    private let engine: ProbeEngine
    private let port: UInt16

    init(port: UInt16, loops: Int, timeouts: ProbeTimeouts = ProbeTimeouts()) throws {
        self.port = port
        engine = try ProbeEngine(
            settings: ProbeEngineSettings(ehloName: "probe.bench.example", timeouts: timeouts),
            eventLoopGroup: MultiThreadedEventLoopGroup(numberOfThreads: loops))
    }

    /// Probes another address for each `index`, as `Bare/probe.c` does.
    func probe(_ index: Int, dial: ProbeDial = ProbeDial()) async -> ProbeObservation {
        let address = IPAddress.v4(0x7f01_0000 + UInt32(index * 7919 % (200 << 16)))
        let host = DomainName(normalized: "mx.bench.example")
        return await engine.probe(ProbeTarget(host: host, address: address, port: port), dial: dial)
    }
}
