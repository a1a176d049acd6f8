// ProbeEngine: carries out probes over real connections.
//
// Owns: dialling, reading and writing, TLS over a channel, deadlines, what the kernel's errors mean, and the pacing of
// networks. Must not know: what an observation is worth (that is judged elsewhere), databases, DNS, which addresses may
// be contacted (the caller has decided).
// Concurrency: each probe lives on one event loop from beginning to end; one `SSL_CTX`, one table of deadlines and one
// table of probes per loop, touched on that loop only. `NetworkPacer` is locked by a mutex.
// Entry types: `ProbeEngine`, `NetworkPacer`.
import CensusModel
import NIOCore
import NIOPosix
import Synchronization
import TLSProbe

/// How probes are carried out.
public struct ProbeEngineSettings: Hashable, Sendable {
    /// The name given in EHLO.
    public var ehloName: String
    /// Deadlines of each step and of the whole probe.
    public var timeouts: ProbeTimeouts
    /// Whether observations hold a transcript.
    public var recordTranscript: Bool

    /// By default no transcript is kept.
    public init(ehloName: String, timeouts: ProbeTimeouts = .init(), recordTranscript: Bool = false) {
        self.ehloName = ehloName
        self.timeouts = timeouts
        self.recordTranscript = recordTranscript
    }
}

/// Why an engine cannot be made.
public enum ProbeEngineError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The EHLO name would not be one word.
    case invalidEHLOName(String)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .invalidEHLOName(let name):
            "the EHLO name \(EscapedText.escape(name.utf8, limit: 64)) is not one word of 1 to 255 printable ASCII characters; "
                + "give the host name of the scanner"
        }
    }
}

/// What the caller has to do with the moment of dialling, which may be much later than the call: the process may be starved,
/// or stopped. Both are called on the probe's event loop.
public struct ProbeDial: Sendable {
    /// Asked right before the first packet leaves; false ends the probe as if it was cancelled.
    public var isPermitted: @Sendable () -> Bool
    /// Told right after the first packet has left. Not called when none did.
    public var didDial: @Sendable () -> Void

    /// By default dialling is always permitted, and nobody is told.
    public init(
        isPermitted: @escaping @Sendable () -> Bool = { true }, didDial: @escaping @Sendable () -> Void = {}
    ) {
        self.isPermitted = isPermitted
        self.didDial = didDial
    }
}

/// Probes addresses, as many at once as there are callers.
public final class ProbeEngine: Sendable {
    private let lanes: [LoopLane]
    private let turn = Atomic<Int>(0)

    /// An engine on all loops of `eventLoopGroup`, which must outlive every probe.
    ///
    /// Throws `ProbeEngineError` for an unusable setting, `TLSProbeError` when OpenSSL cannot be set up.
    public init(settings: ProbeEngineSettings, eventLoopGroup: MultiThreadedEventLoopGroup) throws {
        guard (1...255).contains(settings.ehloName.utf8.count),
            settings.ehloName.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { throw ProbeEngineError.invalidEHLOName(settings.ehloName) }
        lanes = try eventLoopGroup.makeIterator().map { try LoopLane(eventLoop: $0, settings: settings) }
    }

    /// Looks at one address, once.
    ///
    /// Never throws: what goes wrong is in the observation. Cancelling the task closes the connection at once; the
    /// observation then has failure `.local("cancelled")`, unless the probe only waited for the answer to QUIT.
    ///
    /// - Parameters:
    ///   - dial: told of the connection that is made.
    public func probe(_ target: ProbeTarget, dial: ProbeDial = ProbeDial()) async -> ProbeObservation {
        let index = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return await lanes[Int(UInt(bitPattern: index) % UInt(lanes.count))].probe(target, dial)
    }
}
