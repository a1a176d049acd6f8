import CensusModel
import ProbeEngine
import ProbeTestSupport
import Testing

@Suite("Cancelling a probe", .timeLimit(.minutes(2)))
struct CancellationTests {
    @Test("Cancelling closes the connection at once")
    func cancelled() async throws {
        let (accepted, accept) = AsyncStream.makeStream(of: Void.self)
        let (closed, close) = AsyncStream.makeStream(of: Void.self)
        let server = try ScriptedServer { connection in
            accept.yield()
            connection.untilClosed()
            close.yield()
        }
        defer { server.stop() }
        let task = Task { try await probe(port: server.port) }
        for await _ in accepted { break }
        task.cancel()
        #expect(try await task.value.failure == .local("cancelled"))
        for await _ in closed { break }
    }

    @Test("A task that is cancelled before contacts nobody for long and is told so")
    func cancelledBefore() async throws {
        let server = try ScriptedServer { $0.untilClosed() }
        defer { server.stop() }
        let seen = try await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await probe(port: server.port)
        }.value
        #expect(seen.failure == .local("cancelled"))
    }
}
