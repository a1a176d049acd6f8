// ProbeTestSupport: servers for the tests of TLSProbe and ProbeEngine, on OpenSSL and plain sockets.
//
// Owns: certificates made by the `openssl` command in a temporary folder, a TLS server over memory, a scripted server on
// 127.0.0.1. Must not know: the code under test.
// Concurrency: `TestCertificates` is a value; a `MemoryTLSServer` belongs to one test; a `ScriptedServer` runs each
// connection on a thread of its own.
// Entry types: `TestCertificates`, `TLSServerSettings`, `MemoryTLSServer`, `ScriptedServer`.
import Foundation

/// The test's own surroundings failed.
public struct TestSupportError: Error, CustomStringConvertible {
    /// What was tried, and what came of it.
    public let description: String

    init(_ description: String) { self.description = description }
}
