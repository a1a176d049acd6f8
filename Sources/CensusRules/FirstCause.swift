import CensusModel

/// The outcome of an observation and, for a failed handshake, its reason.
struct FirstCause: Hashable {
    let outcome: Outcome
    var handshakeFailure: HandshakeFailure?

    init(_ outcome: Outcome, handshakeFailure: HandshakeFailure? = nil) {
        self.outcome = outcome
        self.handshakeFailure = handshakeFailure
    }

    /// Looks at the stages in the order in which they happen.
    init(of observation: ProbeObservation, findings: [Finding]) {
        if observation.tls != nil {
            self = Self.underTLS(observation, findings)
        } else if let failure = observation.failure, let cause = Self.beforeTLS(failure, observation) {
            self = cause
        } else if observation.starttlsOffered == true {
            // The dialogue ended in good order, without the session that was offered.
            self.init(.handshakeFailed, handshakeFailure: .other("no TLS session came about"))
        } else {
            self.init(observation.maskedKeyword == nil ? .starttlsNotOffered : .starttlsStripped)
        }
    }

    /// A TLS session stands: the certificate comes first, then the session. A failure to say goodbye is none.
    private static func underTLS(_ observation: ProbeObservation, _ findings: [Finding]) -> FirstCause {
        if let outcome = findings.lazy.compactMap(\.certificateOutcome).first { return FirstCause(outcome) }
        switch observation.failure {
        case nil, .timeout(.quit), .closed(.quit), .reset(.quit), .rejected(.quit), .protocolError(.quit):
            return FirstCause(.trusted)
        default:
            return FirstCause(.postTLSFailure)
        }
    }

    /// Nil when the failure came after everything that counts: at QUIT.
    private static func beforeTLS(_ failure: ProbeFailure, _ observation: ProbeObservation) -> FirstCause? {
        switch failure {
        case .refused: FirstCause(.refused)
        case .unreachable: FirstCause(.unreachable)
        case .timeout(let step): timeout(step)
        case .closed(let step): ended(step, beforeGreeting: .closed, inHandshake: .closed)
        case .reset(let step): ended(step, beforeGreeting: .reset, inHandshake: .reset)
        case .rejected(let step): rejected(step)
        case .notSMTP: FirstCause(.notSMTP)
        case .protocolError(let step): malformed(step, observation)
        case .handshake(let reason): FirstCause(.handshakeFailed, handshakeFailure: reason)
        // Ours, hence inconclusive; the outcome tells how far it got.
        case .local: FirstCause(observation.greeting == nil ? .unreachable : .stalled)
        }
    }

    private static func timeout(_ step: ProbeStep) -> FirstCause? {
        switch step {
        case .connect: FirstCause(.connectTimeout)
        case .greeting: FirstCause(.greetingTimeout)
        case .ehlo, .starttls: FirstCause(.stalled)
        case .handshake, .ehloUnderTLS: FirstCause(.handshakeFailed, handshakeFailure: .timeout)
        case .quit: nil
        }
    }

    /// The connection ended at `step`, in whichever way.
    private static func ended(
        _ step: ProbeStep, beforeGreeting: Outcome, inHandshake: HandshakeFailure
    ) -> FirstCause? {
        switch step {
        case .connect, .greeting: FirstCause(beforeGreeting)
        case .ehlo, .starttls: FirstCause(.stalled)
        case .handshake, .ehloUnderTLS: FirstCause(.handshakeFailed, handshakeFailure: inHandshake)
        case .quit: nil
        }
    }

    private static func rejected(_ step: ProbeStep) -> FirstCause? {
        switch step {
        case .connect, .greeting: FirstCause(.greetingRejected)
        case .ehlo: FirstCause(.ehloRejected)
        case .starttls, .handshake, .ehloUnderTLS: FirstCause(.starttlsRefused)
        case .quit: nil
        }
    }

    private static func malformed(_ step: ProbeStep, _ observation: ProbeObservation) -> FirstCause? {
        switch step {
        // Without a correct greeting nobody knows that this is a mail server.
        case .connect, .greeting: FirstCause(observation.greeting == nil ? .notSMTP : .protocolError)
        case .ehlo, .starttls: FirstCause(.protocolError)
        case .handshake, .ehloUnderTLS: FirstCause(.handshakeFailed, handshakeFailure: .malformed)
        case .quit: nil
        }
    }
}
