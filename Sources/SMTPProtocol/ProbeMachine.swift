import CensusModel

import struct Foundation.Date

/// One probe: connect, greeting, EHLO, STARTTLS, handshake, EHLO under TLS, QUIT.
///
/// Each event method takes the time in milliseconds since the probe began and returns what is to be done next. The
/// runner carries the action out, reports what happens as the next event, and calls `deadlineReached` when `deadline`
/// has passed. After `.finish` the observation is complete and every further event is ignored.
public struct ProbeMachine: Sendable {
    /// What the runner has to do next.
    public enum Action: Hashable, Sendable {
        /// Nothing to do until the next event.
        case wait
        case connect
        /// Sends the command; under TLS once `tlsEstablished` was called, in the clear before.
        case send(SMTPCommand)
        /// Begins the handshake as soon as all bytes that were read together have been handed over, and calls
        /// `handshakeStarted` right before: what comes until then is plaintext, for in TLS the client speaks first.
        case startTLS
        /// Sends the command and closes without waiting for an answer.
        case sendAndFinish(SMTPCommand)
        /// Closes the connection, if any; the observation is complete.
        case finish
    }

    enum State: Sendable {
        case idle
        case connecting
        case clear(ClearDialogue)
        case readyForTLS
        case handshaking
        case secure(SecureDialogue)
        case leaving
        case finished
    }

    var state = State.idle
    var clock: StepClock
    var parser = ReplyParser()
    var transcript: Transcript
    var recorded: ProbeObservation
    var plaintext = TrailingPlaintext()
    let ehloName: String

    /// A probe that has not begun.
    ///
    /// - Parameters:
    ///   - ehloName: Sent as it is, so it must hold no spaces or control characters.
    ///   - startedAt: Wall clock time for the record; the machine itself never asks for it.
    public init(
        target: ProbeTarget, ehloName: String, timeouts: ProbeTimeouts, recordTranscript: Bool, startedAt: Date
    ) {
        self.ehloName = ehloName
        clock = StepClock(timeouts: timeouts)
        transcript = Transcript(enabled: recordTranscript)
        recorded = ProbeObservation(target: target, startedAt: startedAt)
    }

    /// Where the probe goes.
    public var target: ProbeTarget { recorded.target }

    /// What was seen so far; complete after `.finish`.
    public var observation: ProbeObservation {
        var result = recorded
        result.durations = clock.durations
        result.transcript = transcript.lines
        result.plaintextAfterSTARTTLS = plaintext.text
        return result
    }

    /// When `deadlineReached` must be called unless another event comes before; nil when nothing is awaited.
    public var deadline: Int? {
        switch state {
        case .idle, .finished: nil
        case .connecting, .clear, .readyForTLS, .handshaking, .secure, .leaving: clock.deadline
        }
    }

    /// True after `.finish` or `.sendAndFinish`.
    public var isFinished: Bool {
        switch state {
        case .finished: true
        case .idle, .connecting, .clear, .readyForTLS, .handshaking, .secure, .leaving: false
        }
    }
}
