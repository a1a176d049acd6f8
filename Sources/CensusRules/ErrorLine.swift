import CensusModel

/// The one line that tells a postmaster what happened, with the particulars of this probe.
/// All texts from the network were escaped when they were observed.
enum ErrorLine {
    /// Nil for a trusted host. At most `limit` characters.
    static func text(
        for outcome: Outcome, _ handshakeFailure: HandshakeFailure?, in context: FindingContext
    ) -> String? {
        guard let full = words(for: outcome, handshakeFailure, in: context) else { return nil }
        return full.count > limit ? full.prefix(limit - 1) + "…" : full
    }

    static let limit = 400

    private static func words(
        for outcome: Outcome, _ handshakeFailure: HandshakeFailure?, in context: FindingContext
    ) -> String? {
        let observation = context.observation
        if case .local(let reason) = observation.failure, observation.tls == nil {
            return "the scanner could not do its part: \(reason)"
        }
        switch outcome.stage {
        case .connect: return connecting(outcome, observation)
        case .greeting: return greeting(outcome, observation)
        case .starttls: return starttls(outcome, observation)
        case .handshake:
            return handshakeFailure.map {
                HandshakeText.text(for: $0, at: observation.handshakeStep, after: seconds(observation, .handshake))
            }
        case .certificate: return CertificateText.text(for: outcome, in: context)
        case .session: return session(observation)
        case .trusted: return nil
        }
    }

    private static func connecting(_ outcome: Outcome, _ observation: ProbeObservation) -> String {
        let place = "\(observation.target.address) port \(observation.target.port)"
        switch outcome {
        case .refused: return "connection refused by \(place)"
        case .connectTimeout: return "no answer from \(place)\(seconds(observation, .connect))"
        case .reset: return "connection to \(place) reset before the greeting"
        default: return "no route to \(place)"
        }
    }

    private static func greeting(_ outcome: Outcome, _ observation: ProbeObservation) -> String {
        switch outcome {
        case .greetingTimeout: return "no complete greeting\(seconds(observation, .greeting))"
        case .greetingRejected: return "greeting" + reply(observation.greeting)
        case .notSMTP: return "the first bytes were no SMTP reply"
        case .ehloRejected:
            return "reply to EHLO" + (observation.ehloRefusal == nil ? "" : " and HELO") + reply(observation.ehlo)
        case .closed: return "connection closed before the greeting"
        default: return interruption(observation)
        }
    }

    private static func starttls(_ outcome: Outcome, _ observation: ProbeObservation) -> String {
        switch outcome {
        case .starttlsStripped:
            return "EHLO shows \(observation.maskedKeyword ?? "a masked keyword") in place of STARTTLS"
        case .starttlsRefused: return "reply to STARTTLS" + reply(observation.starttls)
        default:
            return observation.heloOnly
                ? "EHLO was refused\(observation.ehloRefusal.map { ": \($0.summary)" } ?? ""); HELO knows no STARTTLS"
                : "STARTTLS is not among the EHLO keywords"
        }
    }

    private static func session(_ observation: ProbeObservation) -> String {
        if observation.failure == .rejected(.ehloUnderTLS) {
            return "reply to EHLO under TLS" + reply(observation.ehloUnderTLS)
        }
        return interruption(observation)
    }

    /// What cut the dialogue, and where.
    private static func interruption(_ observation: ProbeObservation) -> String {
        switch observation.failure {
        case .timeout(let step): return "no complete reply to \(name(step))\(seconds(observation, step))"
        case .closed(let step): return "connection closed at \(name(step))"
        case .reset(let step): return "connection reset at \(name(step))"
        case .protocolError(let step): return "malformed or oversized reply to \(name(step))"
        case .local(let reason): return "the scanner could not do its part: \(reason)"
        default: return "the dialogue ended early"
        }
    }

    private static func name(_ step: ProbeStep) -> String {
        switch step {
        case .connect: "the connection"
        case .greeting: "the greeting"
        case .ehlo: "EHLO"
        case .starttls: "STARTTLS"
        case .handshake: "the TLS handshake"
        case .ehloUnderTLS: "EHLO under TLS"
        case .quit: "QUIT"
        }
    }

    private static func reply(_ reply: SMTPReply?) -> String { reply.map { ": \($0.summary)" } ?? " was a refusal" }

    /// ` after 30.0 s`, or nothing when the duration is unknown.
    private static func seconds(_ observation: ProbeObservation, _ step: ProbeStep) -> String {
        guard let milliseconds = observation.durations[step] else { return "" }
        return " after \(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
    }
}
