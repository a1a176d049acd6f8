import CensusModel

// Hosts that refuse: because of the client, for the time being, or for good.
extension Behaviour {
    static let refusalFamily = [
        greylisted, ehloBlocklisted, ehloTemporary, starttls421, starttls501, starttls503, starttls554,
    ]

    static let greylisted = Behaviour(
        "greylisted", "Greets with 451: greylisted.",
        reference: "RFC 5321 §4.2.1", advice: "Blocked for the moment, not insecure: come back later.",
        expect: .outcome(.greetingRejected, conclusive: false),
        script: .greeting(.reply("451 4.7.1 Greylisted, please come back in five minutes"), .close))

    static let ehloBlocklisted = Behaviour(
        "ehlo-blocklisted", "Greets, and answers EHLO and HELO with 550 and the name of a blocklist.",
        reference: "RFC 5321 §4.2.1", advice: "Blocked, not insecure: the host was not seen.",
        expect: .outcome(.ehloRejected, conclusive: false),
        script: Script(ehlo: [blocklist], helo: [blocklist]))

    static let ehloTemporary = Behaviour(
        "ehlo-temporary", "Answers EHLO with 451.",
        reference: "RFC 5321 §4.2.1", advice: "Says that it is temporary: look again before judging.",
        expect: .outcome(.ehloRejected, conclusive: false),
        script: Script(ehlo: [.reply("451 4.3.0 Local error in processing")]))

    static let starttls421 = refusal(
        "starttls-421", "421 4.3.2 %h Service not available, closing transmission channel", conclusive: false)
    static let starttls501 = refusal("starttls-501", "501 5.5.4 Syntax error (no parameters allowed)")
    static let starttls503 = refusal("starttls-503", "503 5.5.1 Error: send HELO/EHLO first")
    static let starttls554 = refusal("starttls-554", "554 5.3.0 TLS not available: no certificate configured")

    private static let blocklist = Move.reply("550 5.7.1 Client host rejected: listed in the blocklist bl.lab.test")

    private static func refusal(_ name: String, _ reply: String, conclusive: Bool = true) -> Behaviour {
        Behaviour(
            name, "Offers STARTTLS and answers the command with \(reply.prefix(3)).", reference: "RFC 3207 §4",
            advice: conclusive
                ? "Offered and broken: a client that insists on TLS cannot deliver."
                : "Says that it is temporary: look again before judging.",
            expect: .outcome(.starttlsRefused, conclusive: conclusive, starttls: true),
            script: Script(starttls: [.reply(reply)] + (conclusive ? [] : [.close])))
    }
}
