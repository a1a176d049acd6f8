// Hosts whose replies are not what RFC 5321 has in mind, some of them without end.
extension Behaviour {
    static let malformedReplyFamily = [
        greetingEndlessLines, greetingEndlessLine, greetingMixedCodes, greetingIntermediate, bareLineFeed, strangeBytes,
        ehloEndlessLines, ehloEndlessLine, ehloMixedCodes, ehloSecondGreeting, starttlsMalformed, starttlsIntermediate,
    ]

    static let greetingEndlessLines = Behaviour(
        "greeting-endless-lines", "Greets with `220-` lines without end.",
        reference: "RFC 5321 §4.5.3.1.5", advice: "Give up after a bound: no correct greeting ever came.",
        expect: .outcome(.protocolError), script: .greeting(.flood("220-%h and so on\r\n")))

    static let greetingEndlessLine = Behaviour(
        "greeting-endless-line", "Greets with a line that never ends.",
        reference: "RFC 5321 §4.5.3.1.5", advice: "Give up after a bound: no correct greeting ever came.",
        expect: .outcome(.protocolError), script: .greeting(.text("220 "), .flood("and so on, ")))

    static let greetingMixedCodes = Behaviour(
        "greeting-mixed-codes", "The lines of its greeting have different codes.",
        reference: "RFC 5321 §4.2.1", advice: "Every line of a reply has the same code: this is none.",
        expect: .outcome(.protocolError), script: .greeting(.reply("220-%h\r\n554 or perhaps not")))

    static let greetingIntermediate = Behaviour(
        "greeting-354", "Greets with 354.",
        reference: "RFC 5321 §4.3.2", advice: "A reply, but none that opens a session.",
        expect: .outcome(.protocolError), script: .greeting(.reply("354 Go ahead")))

    static let bareLineFeed = Behaviour(
        "bare-line-feed", "As `trusted`, but its lines end with LF alone.",
        reference: "RFC 5321 §2.3.8", advice: "Encrypted and authenticated; tell the postmaster.",
        expect: .session(.trusted, verified: true, findings: [.bareLineFeed]),
        script: Script(
            greeting: [.text("220-%h ESMTP\n220 ready\n")], ehlo: [.text("250-%h\n250-PIPELINING\n250 STARTTLS\n")],
            starttls: [.text("220 2.0.0 Ready to start TLS\n"), .startTLS],
            ehloUnderTLS: [.text("250-%h\n250 PIPELINING\n")]))

    static let strangeBytes = Behaviour(
        "strange-bytes", "As `trusted`, with NUL, escape sequences and invalid UTF-8 in greeting and EHLO reply.",
        reference: "RFC 5321 §2.4", advice: "Keep the bytes in a safe form; the session is good.",
        expect: .session(.trusted, verified: true),
        script: Script(
            greeting: [.text("220 %h "), .raw([0, 0x1b, 0x5b, 0x32, 0x4a, 0xff, 0xfe, 0xc3]), .text(" ESMTP\r\n")],
            ehlo: [
                .text("250-%h "), .raw([0xe2, 0x80, 0xae, 0x00]), .text("\r\n250-X"), .raw([0, 0xf0, 0x9f]),
                .text("\r\n250 STARTTLS\r\n"),
            ]))

    static let ehloEndlessLines = Behaviour(
        "ehlo-endless-lines", "Answers EHLO with `250-` lines without end.",
        reference: "RFC 5321 §4.5.3.1.5", advice: "Give up after a bound: the host speaks SMTP, and without measure.",
        expect: .outcome(.protocolError), script: Script(ehlo: [.flood("250-X-AND-SO-ON\r\n")]))

    static let ehloEndlessLine = Behaviour(
        "ehlo-endless-line", "Answers EHLO with a line that never ends.",
        reference: "RFC 5321 §4.5.3.1.5", advice: "Give up after a bound: the host speaks SMTP, and without measure.",
        expect: .outcome(.protocolError), script: Script(ehlo: [.text("250 "), .flood("and so on, ")]))

    static let ehloMixedCodes = Behaviour(
        "ehlo-mixed-codes", "The lines of its EHLO reply have different codes, STARTTLS among them.",
        reference: "RFC 5321 §4.2.1", advice: "Every line of a reply has the same code: nothing was offered.",
        expect: .outcome(.protocolError), script: Script(ehlo: [.reply("250-%h\r\n250-STARTTLS\r\n550 HELP")]))

    static let ehloSecondGreeting = Behaviour(
        "ehlo-second-greeting", "Answers EHLO with a second greeting.",
        reference: "RFC 5321 §4.1.1.1", advice: "Only 250 answers EHLO: no statement about STARTTLS.",
        expect: .outcome(.protocolError), script: Script(ehlo: [.reply("220 %h ESMTP")]))

    static let starttlsMalformed = Behaviour(
        "starttls-malformed", "Offers STARTTLS and answers the command with a line that is no SMTP reply.",
        reference: "RFC 5321 §4.2", advice: "Offered and broken.",
        expect: .outcome(.protocolError, starttls: true), script: Script(starttls: [.reply("TLS go ahead")]))

    static let starttlsIntermediate = Behaviour(
        "starttls-354", "Offers STARTTLS and answers the command with 354.",
        reference: "RFC 3207 §4", advice: "Neither go ahead nor a refusal: offered and broken.",
        expect: .outcome(.protocolError, starttls: true), script: Script(starttls: [.reply("354 Send TLS")]))
}
