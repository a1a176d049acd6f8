import CensusModel

/// Whether a probe saw the host. "Could not look" must never count as "does not protect".
enum Conclusiveness {
    /// False when the census was kept from looking: nothing answered, the dialogue was cut, or a refusal was about the
    /// scanner (temporary, or speaking of rate, reputation or blocklists). Once a TLS session or an honest attempt at
    /// one was seen, the probe is conclusive: TLS that is offered and does not work is the host's own state.
    static func isConclusive(_ outcome: Outcome, _ observation: ProbeObservation) -> Bool {
        if case .local = observation.failure { return false }
        switch outcome {
        case .unreachable, .connectTimeout, .reset, .greetingTimeout, .closed, .stalled: return false
        case .greetingRejected: return !isAboutUs(observation.greeting)
        case .ehloRejected: return !isAboutUs(observation.ehlo) && !isEHLOBlocked(observation)
        // Refused EHLO for a reason of ours, HELO says nothing about the extensions that others are offered.
        case .starttlsNotOffered: return !isEHLOBlocked(observation)
        case .starttlsRefused: return observation.starttls.map { $0.code >= 500 && !isRateOrReputation($0) } ?? false
        case .postTLSFailure: return !isBlockingReply(observation)
        default: return true
        }
    }

    /// A 4xx reply is temporary by definition (RFC 5321 §4.2.1); a 5xx one may still be about the client.
    /// Without the reply itself nothing is certain.
    private static func isAboutUs(_ reply: SMTPReply?) -> Bool {
        guard let reply else { return true }
        return reply.code < 500 || BlockingText.isBlocking(reply)
    }

    private static func isEHLOBlocked(_ observation: ProbeObservation) -> Bool {
        observation.ehloRefusal.map(BlockingText.isBlocking) ?? false
    }

    /// At STARTTLS 5.7.x means cryptography (RFC 3463 §3.8), so words of policy are no sign of blocking there.
    private static func isRateOrReputation(_ reply: SMTPReply) -> Bool {
        BlockingText.phrase(in: reply, of: BlockingText.rate + BlockingText.reputation) != nil
    }

    /// The session stood and was then refused for reasons of rate or reputation.
    private static func isBlockingReply(_ observation: ProbeObservation) -> Bool {
        guard observation.failure == .rejected(.ehloUnderTLS), let reply = observation.ehloUnderTLS else {
            return false
        }
        return reply.code == 421 || BlockingText.isBlocking(reply)
    }
}
