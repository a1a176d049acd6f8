import CensusModel

// Hosts that break off, one for each step and each way of doing it. `GreetingBehaviours` and `HandshakeBehaviours` have
// those of the greeting, of EHLO and of the handshake that came first.
extension Behaviour {
    static let interruptionFamily = [
        greetingCut, greetingReset, ehloReset, ehlo421, heloClosed, heloReset, heloSilent, helo421, starttlsClosed,
        starttlsReset, starttlsSilent, postTLSReset, postTLSSilent, postTLS421, postTLSMalformed,
    ]

    private static let commandUnknown = Move.reply("502 5.5.1 Command not implemented")
    private static let shutdown = Move.reply("421 4.3.2 %h Service not available, closing transmission channel")
    private static let notSeen = "Not seen: conclude nothing."

    static let greetingCut = Behaviour(
        "greeting-cut", "Closes in the middle of its greeting.",
        reference: "RFC 5321 §3.8", advice: notSeen,
        expect: .outcome(.closed, conclusive: false), script: .greeting(.text("220-%h ES"), .close))

    static let greetingReset = Behaviour(
        "greeting-reset", "Resets the connection (TCP RST) in the middle of its greeting.",
        reference: "RFC 9293 §3.10.7", advice: notSeen,
        expect: .outcome(.reset, conclusive: false), script: .greeting(.text("220-%h ES"), .pause(.portion), .reset))

    static let ehloReset = stalled("ehlo-reset", "Greets and resets the connection at EHLO.", Script(ehlo: [.reset]))

    static let ehlo421 = Behaviour(
        "ehlo-421", "Greets, and answers EHLO with 421.",
        reference: "RFC 5321 §3.8", advice: "Blocked or overloaded, not insecure: come back later.",
        expect: .outcome(.ehloRejected, conclusive: false), script: Script(ehlo: [shutdown, .close]))

    static let heloClosed = stalled(
        "helo-closed", "Refuses EHLO with 502 and closes at HELO.", Script(ehlo: [commandUnknown], helo: [.close]))

    static let heloReset = stalled(
        "helo-reset", "Refuses EHLO with 502 and resets the connection at HELO.",
        Script(ehlo: [commandUnknown], helo: [.reset]))

    static let heloSilent = stalled(
        "helo-silent", "Refuses EHLO with 502 and never answers HELO.", Script(ehlo: [commandUnknown], helo: [.silence])
    )

    static let helo421 = Behaviour(
        "helo-421", "Refuses EHLO with 502 and answers HELO with 421.",
        reference: "RFC 5321 §3.8", advice: "Blocked or overloaded, not insecure: come back later.",
        expect: .outcome(.ehloRejected, conclusive: false),
        script: Script(ehlo: [commandUnknown], helo: [shutdown, .close]))

    static let starttlsClosed = stalled(
        "starttls-closed", "Offers STARTTLS and closes at the command.", Script(starttls: [.close]), starttls: true)

    static let starttlsReset = stalled(
        "starttls-reset", "Offers STARTTLS and resets the connection at the command.", Script(starttls: [.reset]),
        starttls: true)

    static let starttlsSilent = stalled(
        "starttls-silent", "Offers STARTTLS and never answers the command.", Script(starttls: [.silence]),
        starttls: true)

    static let postTLSReset = afterTLS(
        "post-tls-reset", "Completes a good handshake, then resets the connection at the EHLO.", [.reset])

    static let postTLSSilent = afterTLS(
        "post-tls-silent", "Completes a good handshake, then never answers the EHLO.", [.silence])

    static let postTLS421 = Behaviour(
        "post-tls-421", "Completes a good handshake, then answers the EHLO with 421.",
        reference: "RFC 5321 §3.8", advice: "Blocked or overloaded: come back later.",
        expect: .session(.postTLSFailure, verified: true, conclusive: false),
        script: Script(ehloUnderTLS: [shutdown, .close]))

    static let postTLSMalformed = afterTLS(
        "post-tls-malformed", "Completes a good handshake, then answers the EHLO with what is no SMTP reply.",
        [.reply("<html><body>502 Bad Gateway</body></html>"), .close])

    private static func stalled(
        _ name: String, _ summary: String, _ script: Script, starttls: Bool? = nil
    ) -> Behaviour {
        Behaviour(
            name, summary, reference: "RFC 5321 §3.8, §4.5.3.2", advice: notSeen,
            expect: .outcome(.stalled, conclusive: false, starttls: starttls), script: script)
    }

    private static func afterTLS(_ name: String, _ summary: String, _ moves: [Move]) -> Behaviour {
        Behaviour(
            name, summary, reference: "RFC 3207 §4.2",
            advice: "Handshake and certificate are good, and still no mail can be delivered.",
            expect: .session(.postTLSFailure, verified: true), script: Script(ehloUnderTLS: moves))
    }
}
