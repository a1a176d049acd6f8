import CensusModel
import CensusRules
import SMTPProtocol

import struct Foundation.Date

/// The probe's state machine under any sequence of events, in any order.
///
/// Beside the machine runs a second one, the shadow, that gets every byte alone and never sees what the first must
/// ignore: bytes behind a reply, and plaintext between the 220 to STARTTLS and the handshake. Both must do and observe
/// the same.
///
/// Promises: until the probe has ended there is a deadline within the whole probe's; when nothing but deadlines comes,
/// it ends; nothing but QUIT is sent without a greeting, nothing in the clear once the handshake has begun; after the end
/// nothing changes any more; all text is escaped and bounded; without a certificate nothing is trusted.
struct DialogueBody {
    static func run(_ input: [UInt8]) throws {
        var body = DialogueBody()
        try body.play(DialogueEvent.events(of: input))
    }

    private enum Phase { case dialing, clear, ready, handshaking, secure }

    private static let timeouts = ProbeTimeouts()
    private static let parameters = TLSParameters(
        version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", group: "x25519", cipherBits: 256, forwardSecrecy: true,
        clientCertificateRequested: false, ocspStaple: nil)

    private var machine = Self.machine(transcript: true)
    private var shadow = Self.machine(transcript: false)
    private var now = 0
    private var phase = Phase.dialing
    /// What came in the clear after the 220.
    private var plaintext: [UInt8] = []
    private var commands: [SMTPCommand] = []
    private var ended = false
    private var eventCount = 0

    private static func machine(transcript: Bool) -> ProbeMachine {
        ProbeMachine(
            target: ProbeTarget(
                host: DomainName(normalized: "mx.example.org"), address: .v4(0xc000_0201), port: 25),
            ehloName: "probe.example", timeouts: timeouts, recordTranscript: transcript,
            startedAt: Date(timeIntervalSince1970: 1_400_000_000))
    }

    private mutating func play(_ events: [DialogueEvent]) throws {
        try holds(machine.deadline == nil, "a deadline before the start")
        try react(machine.start(at: 0), shadow.start(at: 0))
        for event in events where !ended { try play(event) }
        var deadlines = 0
        while !ended {
            deadlines += 1
            try holds(deadlines <= 2, "the probe does not end by deadlines alone")
            try passDeadline()
        }
        let observation = machine.observation
        try checkEnd(observation)
        for event in events { try play(event) }
        try holds(ObservedFacts(machine.observation) == ObservedFacts(observation), "changed after the end")
        try holds(machine.observation.transcript == observation.transcript, "the transcript went on after the end")
    }

    private mutating func play(_ event: DialogueEvent) throws {
        eventCount += 1
        switch event {
        case .bytes(let bytes): try receive(bytes)
        case .connected:
            if phase == .dialing { phase = .clear }
            try react(machine.connected(at: now), shadow.connected(at: now))
        case .handshakeStarted:
            if phase == .ready { phase = .handshaking }
            machine.handshakeStarted(at: now)
            shadow.handshakeStarted(at: now)
        case .established(let count):
            let chain = [[UInt8]](repeating: [0x30, 0], count: count)
            if phase == .handshaking { phase = .secure }
            try react(
                machine.tlsEstablished(Self.parameters, chain: chain, at: now),
                shadow.tlsEstablished(Self.parameters, chain: chain, at: now))
        case .tlsFailed(let failure):
            try react(
                machine.tlsFailed(failure, chain: [[0]], at: now), shadow.tlsFailed(failure, chain: [[0]], at: now))
        case .lost(let loss):
            try react(machine.connectionLost(loss, at: now), shadow.connectionLost(loss, at: now))
        case .cancelled: try react(machine.cancelled(at: now), shadow.cancelled(at: now))
        case .tooManyBytes: try react(machine.byteLimitReached(at: now), shadow.byteLimitReached(at: now))
        case .deadline: if ended { _ = machine.deadlineReached(at: now) } else { try passDeadline() }
        case .wait(let milliseconds): try wait(milliseconds)
        }
    }

    private mutating func receive(_ bytes: [UInt8]) throws {
        var expected = ProbeMachine.Action.wait
        if phase == .ready {
            if !ended { plaintext += bytes }
        } else {
            for (index, byte) in bytes.enumerated() {
                expected = shadow.received([byte].span, at: now)
                if expected == .startTLS { plaintext += bytes[(index + 1)...] }
                guard expected == .wait else { break }
            }
        }
        try react(machine.received(bytes.span, at: now), expected)
    }

    private mutating func wait(_ milliseconds: Int) throws {
        let end = now + milliseconds
        while let deadline = machine.deadline, deadline <= end { try passDeadline() }
        now = end
    }

    private mutating func passDeadline() throws {
        now = try deadlineOfMachine()
        try react(machine.deadlineReached(at: now), shadow.deadlineReached(at: now))
    }

    private func deadlineOfMachine() throws -> Int {
        guard let deadline = machine.deadline else { throw BrokenPromise(description: "no deadline before the end") }
        try holds(deadline >= now, "at \(now) the deadline \(deadline) was passed over")
        try holds(deadline <= Self.timeouts.total, "a deadline at \(deadline), after the whole probe's")
        try holds(shadow.deadline == deadline, "byte by byte the deadline is another")
        return deadline
    }

    private mutating func react(_ action: ProbeMachine.Action, _ expected: ProbeMachine.Action) throws {
        try holds(action == expected, "in portions: \(action), byte by byte: \(expected)")
        try holds(!ended || action == .wait, "\(action) after the end")
        switch action {
        case .wait, .connect: break
        case .send(let command): try sent(command)
        case .sendAndFinish(let command):
            try sent(command)
            ended = true
        case .startTLS:
            try holds(phase == .clear, "STARTTLS is answered in phase \(phase)")
            phase = .ready
        case .finish: ended = true
        }
        try holds(machine.isFinished == ended, "\(action), and finished is \(machine.isFinished)")
        if ended { try holds(machine.deadline == nil, "a deadline after the end") } else { _ = try deadlineOfMachine() }
    }

    private mutating func sent(_ command: SMTPCommand) throws {
        commands.append(command)
        try holds(phase == .clear || phase == .secure, "\(command) in phase \(phase)")
        // A greeting that goes wrong in its midst is answered by leaving.
        try holds(command == .quit || machine.observation.greeting != nil, "\(command) before the greeting")
        try holds(!command.line.utf8.contains { $0 < 0x20 }, "\(command) has control characters")
        try holds(commands.count <= 5 && commands.count { $0 == .starttls } <= 1, "\(commands)")
        try holds(commands.dropLast().allSatisfy { $0 != .quit }, "\(commands)")
    }

    private func checkEnd(_ observation: ProbeObservation) throws {
        let facts = ObservedFacts(observation)
        let others = ObservedFacts(shadow.observation)
        try holds(facts == others, "in portions: \(facts), byte by byte: \(others)")
        let expected = plaintext.isEmpty ? nil : EscapedText.escape(plaintext, limit: 1024)
        try holds(observation.plaintextAfterSTARTTLS == expected, "the plaintext after the 220 is not what came")
        try facts.checkTexts()
        try HostileText.check(observation.plaintextAfterSTARTTLS, limit: 4 * 1024 + 8, "plaintext after the 220")
        try holds(observation.transcript.count <= 5 * 130 + 4 * eventCount, "\(observation.transcript.count) lines")
        for line in observation.transcript {
            try HostileText.check(line.text, limit: 4 * 4096 + 64, "a line of the transcript")
        }
        try checkVerdict(observation)
    }

    private func checkVerdict(_ observation: ProbeObservation) throws {
        let verdict = Judge.verdict(of: observation, evidence: nil, at: observation.startedAt)
        let other = Judge.verdict(of: shadow.observation, evidence: nil, at: observation.startedAt)
        try holds(verdict.outcome == other.outcome, "\(verdict.outcome), byte by byte \(other.outcome)")
        try holds(verdict.conclusive == other.conclusive, "conclusive depends on the portions")
        try holds(verdict.outcome != .trusted && verdict.verified != true, "trusted without a certificate")
        try holds(verdict.error != nil, "\(verdict.outcome) without a word")
        try HostileText.check(verdict.error, limit: 65536, "the error")
        if case .local = observation.failure { try holds(!verdict.conclusive, "our own fault, and conclusive") }
        if verdict.outcome == .starttlsNotOffered {
            // An EHLO that was refused because it was ours says nothing about STARTTLS.
            let said: Bool? = verdict.conclusive ? false : nil
            try holds(observation.ehlo != nil && verdict.starttls == said, "not offered, and STARTTLS \(verdict)")
        }
        try holds((verdict.handshakeFailure == nil) == (verdict.outcome != .handshakeFailed), "\(verdict)")
    }
}

/// What two probes that saw the same must have in common: everything but transcript and plaintext.
struct ObservedFacts: Equatable {
    let failure: ProbeFailure?
    let replies: [SMTPReply?]
    let starttlsOffered: Bool?
    let maskedKeyword: String?
    let heloOnly: Bool
    let bareLineFeed: Bool
    let tls: TLSParameters?
    let chain: [[UInt8]]
    let durations: [ProbeStep: Int]

    init(_ observation: ProbeObservation) {
        failure = observation.failure
        replies = [observation.greeting, observation.ehlo, observation.starttls, observation.ehloUnderTLS]
        starttlsOffered = observation.starttlsOffered
        maskedKeyword = observation.maskedKeyword
        heloOnly = observation.heloOnly
        bareLineFeed = observation.bareLineFeed
        tls = observation.tls
        chain = observation.chain
        durations = observation.durations
    }

    func checkTexts() throws {
        try HostileText.check(maskedKeyword, limit: 8, "the masked keyword")
        for reply in replies {
            try HostileText.check(reply?.summary, limit: 4 * ReplyParser.replyLimit + 1024, "a reply")
        }
        try holds(durations.values.allSatisfy { $0 >= 0 }, "a negative duration: \(durations)")
    }
}
