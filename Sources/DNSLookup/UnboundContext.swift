import CMXUnbound
import CensusModel
import Glibc
import Synchronization

/// What libunbound said to a question.
enum LibraryReply: Sendable {
    /// A response with RCODE NOERROR or NXDOMAIN in its header, in wire form.
    case packet([UInt8], DNSSECStatus)
    /// Anything that libunbound counts as SERVFAIL: it does not tell which.
    case failed
    /// The deadline passed first.
    case silent
}

/// A libunbound context on an event loop: one forwarder, one set of options, one cache. Not thread-safe: it belongs to
/// the loop's thread.
final class UnboundContext {
    private let context: OpaquePointer

    /// libunbound reads its options with a parser that has global state.
    private static let parser = Mutex(())

    struct Options {
        var servers: [ServerAddress]
        /// DNSKEY or DS file; nil switches validation off.
        var trustAnchorFile: String?
        /// Sockets for queries under way; more queries wait inside the library.
        var sockets: Int
        var maxInFlight: Int
    }

    /// Throws when libunbound refuses the options or the trust anchor.
    init(_ base: OpaquePointer, _ options: Options) throws(ResolverError) {
        guard let context = ub_ctx_create_event(base) else {
            throw ResolverError(
                "libunbound gives no context on a libevent loop: it was built without libevent, or memory is exhausted")
        }
        self.context = context
        // Its log goes to standard error, in the middle of whatever is shown there: failures are data here.
        ub_ctx_debugout(context, nil)
        let text = Self.configuration(options)
        let status = Self.parser.withLock { _ in Self.apply(text, to: context) }
        guard status == 0 else {
            ub_ctx_delete(context)
            let anchor = options.trustAnchorFile.map { " with the trust anchor \($0)" } ?? ""
            throw ResolverError("libunbound refuses its options\(anchor): \(String(cString: ub_strerror(status)))")
        }
    }

    /// Frees the library's memory; no callback comes afterwards.
    func close() { ub_ctx_delete(context) }

    /// Starts a query. `callback` is called exactly once with `data`, perhaps before this returns, unless this returns an
    /// error code of libunbound.
    func start(_ question: Question, _ callback: @escaping ub_event_callback_type, _ data: UnsafeMutableRawPointer)
        -> Int32
    {
        ub_resolve_event(context, question.name.presentation, Int32(question.type.rawValue), 1, data, callback, nil)
    }

    /// Hands `text` to libunbound and makes it final, so that a mistake shows now and not with the first query.
    private static func apply(_ text: String, to context: OpaquePointer) -> Int32 {
        // The library reads options from a path only: the text goes through a pipe, whose buffer holds all of it.
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return UB_READFILE.rawValue }
        defer { Glibc.close(ends[0]) }
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        let octets = Array(text.utf8)
        let written = write(ends[1], octets, octets.count)
        Glibc.close(ends[1])
        guard written == octets.count else { return UB_READFILE.rawValue }
        let status = ub_ctx_config(context, "/dev/fd/\(ends[0])")
        guard status == 0 else { return status }
        // RFC 6761 lets resolvers answer these two themselves; the census asks the servers. Removing finalises too.
        for zone in ["test.", "invalid."] {
            let status = ub_ctx_zone_remove(context, zone)
            guard status == 0 else { return status }
        }
        return 0
    }

    /// unbound.conf(5). The round-trip bounds are global in libunbound: they must be the same in every context.
    private static func configuration(_ options: Options) -> String {
        var lines = [
            "server:",
            "do-not-query-localhost: no",
            "outgoing-range: \(options.sockets)",
            "num-queries-per-thread: \(options.maxInFlight)",
            "outgoing-num-tcp: 64",
            "edns-buffer-size: 1232",
            // Without the lower bound a near forwarder that needs seconds for a slow name would be given up in half a
            // second: the library's time-out follows the forwarder's fastest answers.
            "infra-cache-min-rtt: 1000",
            // A forwarder that was silent is tried again within a second or two, not after minutes.
            "infra-host-ttl: 1",
            "infra-keep-probing: yes",
            // Retries with back-off are the engine's work. Two, because since 1.19 the library believes an empty answer
            // only when it comes twice.
            "outbound-msg-retry: 2",
            "aggressive-nsec: no",
            "prefetch: no",
            "minimal-responses: no",
            "rrset-roundrobin: no",
            "msg-cache-size: 1m",
            "rrset-cache-size: 8m",
            "key-cache-size: 16m",
            "module-config: \"\(options.trustAnchorFile == nil ? "iterator" : "validator iterator")\"",
        ]
        if let file = options.trustAnchorFile { lines.append("trust-anchor-file: \"\(file)\"") }
        // The library's cache would keep a SERVFAIL for five seconds, retries included: answers are remembered by
        // `AnswerCache` instead. Validated keys have their own cache, which stays on.
        lines += ["forward-zone:", "name: \".\"", "forward-first: no", "forward-no-cache: yes"]
        lines += options.servers.map { "forward-addr: \($0.forwardAddress)" }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// The owner of the first record in a trust anchor file, and the file's path.
struct TrustAnchor: Sendable {
    static let systemFile = "/usr/share/dns/root.key"

    let file: String
    let owner: WireName

    /// Reads `file`. Throws when it cannot be read or holds neither a DNSKEY nor a DS record.
    init(file: String) throws(ResolverError) {
        guard !file.contains("\""), !file.contains("\n") else {
            throw ResolverError("The trust anchor's path must not contain quotes or line breaks")
        }
        guard let text = readText(file) else {
            throw ResolverError("The trust anchor \(file) cannot be read; Debian's package dns-root-data installs one")
        }
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.prefix { $0 != ";" }.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.contains("DNSKEY") || words.contains("DS"), let first = words.first else { continue }
            let name = first.hasSuffix(".") ? String(first.dropLast()).lowercased() : first.lowercased()
            let owner = name.isEmpty ? WireName.root : DomainName(normalized: name).flatMap(WireName.init)
            guard let owner else { continue }
            self.file = file
            self.owner = owner
            return
        }
        throw ResolverError("The trust anchor \(file) holds no DNSKEY or DS record")
    }
}
