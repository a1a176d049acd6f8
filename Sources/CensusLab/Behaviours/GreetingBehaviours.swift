// Hosts that accept the connection and get no further than greeting or EHLO.
extension Behaviour {
    static let greetingFamily = [
        silent, closed, reset, tooManyConnections, blocklisted, noSMTPService, http, ehloRejected, protocolError,
        ehloSilent, ehloClosed,
    ]

    static let silent = Behaviour(
        "silent", "Accepts the connection and never says a word.",
        reference: "RFC 5321 §4.5.3.2.1", advice: "Not seen: give up after the deadline, conclude nothing.",
        expect: .outcome(.greetingTimeout, conclusive: false), script: .greeting(.silence))

    static let closed = Behaviour(
        "closed", "Accepts the connection and closes it at once.",
        reference: "RFC 5321 §3.8", advice: "Not seen: servers do this to clients they do not want.",
        expect: .outcome(.closed, conclusive: false), script: .greeting(.close))

    static let reset = Behaviour(
        "reset", "Accepts the connection and resets it (TCP RST).",
        reference: "RFC 9293 §3.10.7", advice: "Not seen: something on the way breaks the connection.",
        expect: .outcome(.reset, conclusive: false), script: .greeting(.reset))

    static let tooManyConnections = Behaviour(
        "greeting-421", "Greets with 421: too many connections.",
        reference: "RFC 5321 §4.2.3", advice: "Blocked, not insecure: come back later and slower.",
        expect: .outcome(.greetingRejected, conclusive: false),
        script: .greeting(.reply("421 4.7.0 %h Error: too many connections from your network, try again later"), .close)
    )

    static let blocklisted = Behaviour(
        "blocklisted", "Greets with 554 and speaks of a blocklist.",
        reference: "RFC 5321 §3.1", advice: "Blocked, not insecure: the host was not seen.",
        expect: .outcome(.greetingRejected, conclusive: false),
        script: .greeting(
            .reply("554 5.7.1 Service unavailable; client host blocked using a blocklist: poor reputation"), .close))

    static let noSMTPService = Behaviour(
        "no-smtp-service", "Greets with `554 No SMTP service here`.",
        reference: "RFC 5321 §3.1", advice: "Certain: this host takes no mail.",
        expect: .outcome(.greetingRejected), script: .greeting(.reply("554 No SMTP service here"), .close))

    static let http = Behaviour(
        "http", "A web server answers on the port.",
        reference: "RFC 5321 §4.2", advice: "No SMTP reply: not a mail server.",
        expect: .outcome(.notSMTP),
        script: .greeting(
            .reply("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n"), .close))

    static let ehloRejected = Behaviour(
        "ehlo-rejected", "Answers EHLO and HELO with 550.",
        reference: "RFC 5321 §4.1.1.1", advice: "Certain: no session can begin.",
        expect: .outcome(.ehloRejected),
        script: Script(ehlo: [.reply("550 5.5.0 Command refused")], helo: [.reply("550 5.5.0 Command refused")]))

    static let protocolError = Behaviour(
        "protocol-error", "Answers EHLO with a line that is no SMTP reply.",
        reference: "RFC 5321 §4.2", advice: "Speaks SMTP at first and then something else.",
        expect: .outcome(.protocolError), script: Script(ehlo: [.reply("internal filter error, see log")]))

    static let ehloSilent = Behaviour(
        "ehlo-silent", "Greets and never answers EHLO.",
        reference: "RFC 5321 §4.5.3.2", advice: "Not seen: give up after the deadline, conclude nothing.",
        expect: .outcome(.stalled, conclusive: false), script: Script(ehlo: [.silence]))

    static let ehloClosed = Behaviour(
        "ehlo-closed", "Greets and closes at EHLO.",
        reference: "RFC 5321 §3.8", advice: "Not seen: conclude nothing.",
        expect: .outcome(.stalled, conclusive: false), script: Script(ehlo: [.close]))
}
