import CensusModel
import NIOCore
import ProbeTestSupport

@testable import TLSProbe

/// A client and a server joined in memory.
struct Handshakes {
    let context: TLSContext
    let client: TLSSession
    let server: MemoryTLSServer
    /// Changes what the server sends before the client gets it.
    var tamper: ([UInt8]) -> [UInt8] = { $0 }
    /// Cuts what the client gets into portions of this size.
    var portion = Int.max

    init(host: String? = "mx.example.org", _ change: (inout TLSServerSettings) throws -> Void = { _ in }) throws {
        var settings = TLSServerSettings(try TestCertificates.shared())
        try change(&settings)
        context = try TLSContext()
        client = try TLSSession(context: context, host: host.flatMap { DomainName(normalized: $0) })
        server = try MemoryTLSServer(settings)
    }

    /// Lets both talk until the client is settled or the server has nothing more to say.
    func run() -> TLSSession.Progress {
        var progress = client.handshake()
        while progress == .needsInput, let flight = client.takeOutput() {
            let answer = tamper(server.exchange(Array(flight.readableBytesView)))
            progress = deliver(answer)
        }
        return progress
    }

    /// Hands bytes of the server to the client's handshake.
    func deliver(_ bytes: [UInt8]) -> TLSSession.Progress {
        var progress = TLSSession.Progress.needsInput
        for start in stride(from: 0, to: bytes.count, by: min(portion, max(1, bytes.count)))
        where progress == .needsInput {
            client.feed(ByteBuffer(bytes: bytes[start..<min(bytes.count, start + min(portion, bytes.count))]))
            progress = client.handshake()
        }
        return progress
    }

    /// Gives the client's last flight to the server, and the server's answer to the client.
    func settle() -> TLSSession.Reading {
        while let flight = client.takeOutput() {
            client.feed(ByteBuffer(bytes: server.exchange(Array(flight.readableBytesView))))
        }
        return client.read()
    }
}
