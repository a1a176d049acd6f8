// TLSProbe: the client's side of TLS on OpenSSL, for a census: every server is met as it is, nothing is judged.
//
// Owns: the OpenSSL context of an event loop, one session per connection over byte buffers, what the session shows
// (version, cipher, group, chain, staple), and the names of handshake failures.
// Must not know: sockets, channels, SMTP, trust stores. Certificates are passed on as DER and judged elsewhere.
// Concurrency: `TLSContext` and `TLSSession` belong to the thread of one event loop and are not Sendable. A call into
// OpenSSL and the look at its error queue, which is per thread, always happen in one synchronous function.
// Entry types: `TLSContext`, `TLSSession`.
import CMXOpenSSL

/// OpenSSL could not do what needs nothing from the network: out of memory, or a library that lacks something.
public struct TLSProbeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried and what OpenSSL said.
    public let description: String

    /// Takes the newest reason from this thread's error queue and empties it.
    init(_ action: String) {
        let code = ERR_peek_last_error()
        let reason = ERR_reason_error_string(code).map { String(cString: $0) } ?? "no reason given"
        ERR_clear_error()
        description = "OpenSSL could not \(action): \(reason) (\(String(code, radix: 16)))"
    }
}
