import CensusModel
import NIOPosix
import ProbeEngine
import ProbeTestSupport

/// Two event loops for all tests of the process.
enum Loops {
    static let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
}

/// Probes 127.0.0.1 at `port`.
func probe(port: UInt16, timeouts: ProbeTimeouts = .init(), transcript: Bool = false) async throws -> ProbeObservation {
    let settings = ProbeEngineSettings(ehloName: "probe.example", timeouts: timeouts, recordTranscript: transcript)
    return await (try ProbeEngine(settings: settings, eventLoopGroup: Loops.group)).probe(target(port))
}

/// Probes a server that plays `script`.
func probe(
    _ script: @escaping @Sendable (ServerConnection) throws -> Void, timeouts: ProbeTimeouts = .init(),
    transcript: Bool = false
) async throws -> ProbeObservation {
    let server = try ScriptedServer(script)
    defer { server.stop() }
    return try await probe(port: server.port, timeouts: timeouts, transcript: transcript)
}

func target(_ port: UInt16) -> ProbeTarget {
    ProbeTarget(host: DomainName(normalized: "mx.example.org"), address: .v4(0x7f00_0001), port: port)
}

func serverContext(_ change: (inout TLSServerSettings) -> Void = { _ in }) throws -> TLSServerContext {
    var settings = TLSServerSettings(try TestCertificates.shared())
    change(&settings)
    return try TLSServerContext(settings)
}
