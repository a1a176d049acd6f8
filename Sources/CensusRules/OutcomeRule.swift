import CensusModel

/// What an outcome rule looks at.
struct OutcomeContext {
    let observation: ProbeObservation
    /// Everything that was found about the same observation.
    let findings: [Finding]

    var failure: ProbeFailure? { observation.failure }
    /// A TLS session stood on both sides. In TLS 1.3 the client is done before the server has looked at its last flight:
    /// an alert in place of the first answer ends the handshake (RFC 8446 §4.4.2.4).
    var underTLS: Bool {
        if case .handshake = failure { return false }
        return observation.tls != nil
    }
    var greeted: Bool { observation.greeting != nil }

    /// The dialogue ended in good order before TLS, or failed only at QUIT.
    var endedWithoutTLS: Bool { !underTLS && (failure?.isAtQuit ?? true) }

    /// How a dialogue is cut off.
    enum Loss { case closed, reset, timeout }

    /// True when the connection was lost in this way at one of `steps`, before TLS.
    func lost(_ loss: Loss, at steps: ProbeStep...) -> Bool {
        guard !underTLS, let failure else { return false }
        return switch (loss, failure) {
        case (.closed, .closed(let step)), (.reset, .reset(let step)), (.timeout, .timeout(let step)):
            steps.contains(step)
        default: false
        }
    }

    /// True when a reply at one of `steps` was malformed, before TLS.
    func malformed(at steps: ProbeStep...) -> Bool {
        guard !underTLS, case .protocolError(let step) = failure else { return false }
        return steps.contains(step)
    }

    /// Why no TLS session came about after STARTTLS had been agreed; nil when one did, or the dialogue did not get there.
    var handshakeFailure: HandshakeFailure? {
        guard !underTLS else { return nil }
        switch failure {
        case .handshake(let reason): return reason
        case .timeout(.handshake), .timeout(.ehloUnderTLS): return .timeout
        case .closed(.handshake), .closed(.ehloUnderTLS): return .closed
        case .reset(.handshake), .reset(.ehloUnderTLS): return .reset
        case .protocolError(.handshake), .protocolError(.ehloUnderTLS): return .malformed
        default:
            return endedWithoutTLS && observation.starttlsOffered == true ? .other("no TLS session came about") : nil
        }
    }

    /// Our side ended the handshake because it could not read a certificate: the server's own state, not the handshake's.
    var hasUnreadableCertificate: Bool {
        guard findings.contains(.malformedCertificate) else { return false }
        return switch handshakeFailure {
        case .malformed, .other: true
        default: false
        }
    }
}

extension ProbeFailure {
    /// The failure came after everything that counts.
    var isAtQuit: Bool {
        switch self {
        case .timeout(.quit), .closed(.quit), .reset(.quit), .rejected(.quit), .protocolError(.quit): true
        default: false
        }
    }
}

/// One outcome: what it is and when it applies. Its doc comment cites the RFC.
protocol OutcomeRule: Sendable {
    static var outcome: Outcome { get }
    static func applies(_ context: OutcomeContext) -> Bool
}

/// All rules, in the order of `Outcome`: the first that applies is the first cause.
enum OutcomeRules {
    private static let beforeCertificate: [any OutcomeRule.Type] = [
        RefusedOutcomeRule.self, UnreachableOutcomeRule.self, ConnectTimeoutOutcomeRule.self, ResetOutcomeRule.self,
        GreetingTimeoutOutcomeRule.self, GreetingRejectedOutcomeRule.self, NotSMTPOutcomeRule.self,
        EHLORejectedOutcomeRule.self, ClosedOutcomeRule.self, StalledOutcomeRule.self, ProtocolErrorOutcomeRule.self,
        STARTTLSNotOfferedOutcomeRule.self, STARTTLSStrippedOutcomeRule.self, STARTTLSRefusedOutcomeRule.self,
        HandshakeFailedOutcomeRule.self,
    ]
    private static let afterCertificate: [any OutcomeRule.Type] = [
        PostTLSFailureOutcomeRule.self, TrustedOutcomeRule.self,
    ]

    /// The first cause. A certificate outcome applies when the finding of the same code does: see `Findings`.
    ///
    /// What no rule knows is no success: it counts as a failed handshake where TLS was offered, as stalled otherwise.
    static func outcome(in context: OutcomeContext) -> Outcome {
        if let rule = beforeCertificate.first(where: { $0.applies(context) }) { return rule.outcome }
        if context.underTLS || context.hasUnreadableCertificate,
            let outcome = context.findings.lazy.compactMap(\.certificateOutcome).first
        {
            return outcome
        }
        if let rule = afterCertificate.first(where: { $0.applies(context) }) { return rule.outcome }
        return context.observation.starttlsOffered == true ? .handshakeFailed : .stalled
    }
}
