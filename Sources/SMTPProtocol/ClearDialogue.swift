import CensusModel

/// The dialogue before TLS: greeting, EHLO (or HELO), STARTTLS.
struct ClearDialogue: Sendable {
    /// Which reply is awaited.
    enum Awaiting: Sendable { case greeting, ehlo, helo, starttls }

    enum Decision: Sendable {
        case send(SMTPCommand, ProbeStep)
        /// The host said 220: what follows is TLS.
        case startTLS
        /// The dialogue is over and the connection still fit for QUIT. Nil: nothing failed.
        case end(ProbeFailure?)
    }

    private(set) var awaiting = Awaiting.greeting
    let ehloName: String

    init(ehloName: String) { self.ehloName = ehloName }

    /// Takes a whole reply and records it in `observation`.
    mutating func replied(_ reply: SMTPReply, into observation: inout ProbeObservation) -> Decision {
        switch awaiting {
        case .greeting:
            observation.greeting = reply
            return greeted(reply)
        case .ehlo:
            observation.ehlo = reply
            return ehloAnswered(reply, &observation)
        case .helo:
            observation.ehlo = reply
            return heloAnswered(reply, &observation)
        case .starttls:
            observation.starttls = reply
            return starttlsAnswered(reply)
        }
    }

    private mutating func greeted(_ reply: SMTPReply) -> Decision {
        switch ReplyClass(reply) {
        case .positive: return introduce()
        case .refused: return .end(.rejected(.greeting))
        case .intermediate: return .end(.protocolError(.greeting))
        }
    }

    private mutating func introduce() -> Decision {
        awaiting = .ehlo
        return .send(.ehlo(ehloName), .ehlo)
    }

    private mutating func ehloAnswered(_ reply: SMTPReply, _ observation: inout ProbeObservation) -> Decision {
        // A permanent refusal may only mean that the host does not know EHLO (RFC 5321 §3.2).
        if (500...599).contains(reply.code) {
            observation.ehloRefusal = reply
            awaiting = .helo
            return .send(.helo(ehloName), .ehlo)
        }
        guard let failure = introductionFailure(reply) else {
            let keywords = EHLOKeywords(reply)
            observation.starttlsOffered = keywords.offersSTARTTLS
            observation.maskedKeyword = keywords.maskedKeyword
            guard keywords.offersSTARTTLS else { return .end(nil) }
            awaiting = .starttls
            return .send(.starttls, .starttls)
        }
        return .end(failure)
    }

    private func heloAnswered(_ reply: SMTPReply, _ observation: inout ProbeObservation) -> Decision {
        if let failure = introductionFailure(reply) { return .end(failure) }
        observation.heloOnly = true
        observation.starttlsOffered = false
        return .end(nil)
    }

    /// Only 250 is an answer to EHLO and HELO (RFC 5321 §4.1.1.1). Anything else, such as a second 220, is no statement
    /// about STARTTLS and must not be taken for one.
    private func introductionFailure(_ reply: SMTPReply) -> ProbeFailure? {
        if reply.code == 250 { return nil }
        return ReplyClass(reply) == .refused ? .rejected(.ehlo) : .protocolError(.ehlo)
    }

    private func starttlsAnswered(_ reply: SMTPReply) -> Decision {
        switch ReplyClass(reply) {
        case .positive: .startTLS
        case .refused: .end(.rejected(.starttls))
        case .intermediate: .end(.protocolError(.starttls))
        }
    }
}

/// The first digit of a reply code (RFC 5321 §4.2.1), as far as a probe cares.
enum ReplyClass: Sendable {
    case positive, intermediate, refused

    init(_ reply: SMTPReply) {
        switch reply.code {
        case ..<300: self = .positive
        case ..<400: self = .intermediate
        default: self = .refused
        }
    }
}
