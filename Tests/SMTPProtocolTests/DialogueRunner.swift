import CensusModel
import Foundation
import Testing

@testable import SMTPProtocol

/// Plays a script against the machine and compares what it does and what it observed.
struct DialogueRunner {
    let script: DialogueScript
    /// Feeds every byte as an event of its own.
    let byteByByte: Bool
    private var now = 0
    private var machine: ProbeMachine
    private var pending: ProbeMachine.Action = .wait
    private var problems: [String] = []

    static let parameters = TLSParameters(
        version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", group: "x25519", cipherBits: 256, forwardSecrecy: true,
        clientCertificateRequested: false, ocspStaple: nil)

    init(script: DialogueScript, byteByByte: Bool, recordTranscript: Bool = true) {
        self.script = script
        self.byteByByte = byteByByte
        let target = ProbeTarget(
            host: DomainName(normalized: "mx.example.org"), address: .v4(0xc000_0201), port: 25)
        machine = ProbeMachine(
            target: target, ehloName: "probe.example", timeouts: script.timeouts, recordTranscript: recordTranscript,
            startedAt: Date(timeIntervalSince1970: 1_400_000_000))
    }

    /// Plays to the end; returns what differed, line by line.
    mutating func problemsFound() -> [String] {
        if machine.start(at: now) != .connect { problems.append("the probe did not begin by connecting") }
        for (line, step) in script.steps { play(step, line: line) }
        if pending != .wait { problems.append("at the end: unexpected \(pending)") }
        compare()
        return problems
    }

    var observation: ProbeObservation { machine.observation }

    private mutating func play(_ step: DialogueScript.Step, line: Int) {
        switch step {
        case .connect(nil): react(machine.connected(at: now), line)
        case .connect(let loss?): react(machine.connectionLost(loss, at: now), line)
        case .server(let bytes): feed(bytes, line)
        case .client(let text): expectClient(text, line)
        case .tlsStart:
            expect(.startTLS, line)
            machine.handshakeStarted(at: now)
        case .tlsAt(let step): machine.handshakeReached(step)
        case .tlsUp: react(machine.tlsEstablished(Self.parameters, chain: [[0x30]], at: now), line)
        case .tlsFail(let failure): react(machine.tlsFailed(failure, chain: [[0x30]], at: now), line)
        case .wait(let time): pass(time, line)
        case .close: react(machine.connectionLost(.closed, at: now), line)
        case .reset: react(machine.connectionLost(.reset, at: now), line)
        case .cancel: react(machine.cancelled(at: now), line)
        case .flood: react(machine.byteLimitReached(at: now), line)
        case .end: expect(.finish, line)
        }
    }

    private mutating func feed(_ bytes: [UInt8], _ line: Int) {
        if byteByByte {
            for byte in bytes { react(machine.received([byte].span, at: now), line) }
        } else {
            react(machine.received(bytes.span, at: now), line)
        }
    }

    private mutating func pass(_ time: Int, _ line: Int) {
        let end = now + time
        while let deadline = machine.deadline, deadline <= end {
            now = max(now, deadline)
            react(machine.deadlineReached(at: now), line)
        }
        now = end
    }

    private mutating func react(_ action: ProbeMachine.Action, _ line: Int) {
        guard action != .wait else { return }
        if pending != .wait {
            problems.append("line \(line): \(pending) was not awaited by the script, then came \(action)")
        }
        pending = action
    }

    private mutating func expect(_ action: ProbeMachine.Action, _ line: Int) {
        if pending != action { problems.append("line \(line): expected \(action), got \(pending)") }
        pending = .wait
    }

    private mutating func expectClient(_ text: String, _ line: Int) {
        switch pending {
        case .send(let command) where command.line == text:
            pending = .wait
        case .sendAndFinish(let command) where command.line == text:
            pending = .finish
        default:
            problems.append("line \(line): expected \(text), got \(pending)")
            pending = .wait
        }
    }

    private mutating func compare() {
        let actual = Self.describe(machine.observation)
        for key in Set(actual.keys).union(script.expected.keys).sorted() {
            // Durations, transcript and the step of the handshake are compared where a script names them.
            let isOptional = key.hasPrefix("ms ") || key == "transcript" || key == "handshake step"
            if isOptional, script.expected[key] == nil { continue }
            if actual[key]?.trimmingCharacters(in: .whitespaces) != script.expected[key] {
                problems.append("\(key): expected \(script.expected[key] ?? "–"), got \(actual[key] ?? "–")")
            }
        }
    }

    /// The observation in the words of the scripts.
    static func describe(_ seen: ProbeObservation) -> [String: String] {
        var result: [String: String] = [:]
        result["failure"] = seen.failure.map(describe)
        result["greeting"] = seen.greeting?.summary
        result["ehlo"] = seen.ehlo?.summary
        result["ehlo refusal"] = seen.ehloRefusal?.summary
        result["handshake step"] = seen.handshakeStep?.rawValue
        result["starttls"] = seen.starttls?.summary
        result["ehlo tls"] = seen.ehloUnderTLS?.summary
        result["offered"] = seen.starttlsOffered.map { $0 ? "yes" : "no" }
        result["masked"] = seen.maskedKeyword
        result["helo only"] = seen.heloOnly ? "yes" : nil
        result["bare lf"] = seen.bareLineFeed ? "yes" : nil
        result["plaintext"] = seen.plaintextAfterSTARTTLS
        result["tls"] = seen.tls?.version
        result["chain"] = seen.chain.isEmpty ? nil : String(seen.chain.count)
        for (step, time) in seen.durations { result["ms \(step.rawValue)"] = String(time) }
        result["transcript"] = String(seen.transcript.count)
        return result
    }

    private static func describe(_ failure: ProbeFailure) -> String {
        switch failure {
        case .refused: "refused"
        case .unreachable: "unreachable"
        case .timeout(let step): "timeout \(step.rawValue)"
        case .closed(let step): "closed \(step.rawValue)"
        case .reset(let step): "reset \(step.rawValue)"
        case .rejected(let step): "rejected \(step.rawValue)"
        case .notSMTP: "not smtp"
        case .protocolError(let step): "protocol error \(step.rawValue)"
        case .handshake(let failure): "handshake \(failure.code)"
        case .local(let reason): "local \(reason)"
        }
    }
}
