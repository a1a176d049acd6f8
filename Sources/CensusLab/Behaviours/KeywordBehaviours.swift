import CensusModel

// Hosts and middleboxes that write, or mask, the keyword STARTTLS in ways of their own.
extension Behaviour {
    static let keywordFamily = [
        maskedX, maskedB, maskedBanner, bannerOnlyMasked, starttlsOddCase, starttlsTwice, starttlsParameters,
        starttlsInText, plaintextAfterGo,
    ]

    static let maskedX = mask("masked-x", "XXXXXXXX")
    static let maskedB = mask("masked-b", "XXXXXXXB")

    static let maskedBanner = Behaviour(
        "masked-banner", "A firewall masks the greeting with asterisks and STARTTLS with XXXXXXXA.",
        reference: "RFC 3207 §6", advice: "A device on the way strips TLS: mail travels in the clear.",
        expect: .outcome(.starttlsStripped, starttls: false),
        script: Script(greeting: [.reply(asterisks)], ehlo: [.capabilities(.masked("XXXXXXXA"))], starttls: [unknown]))

    static let bannerOnlyMasked = Behaviour(
        "banner-only-masked", "A firewall masks the greeting with asterisks and lets STARTTLS pass.",
        reference: "RFC 3207 §4", advice: "Encrypted and authenticated, whatever the greeting looks like.",
        expect: .session(.trusted, verified: true), script: .greeting(.reply(asterisks)))

    static let starttlsOddCase = offer(
        "starttls-odd-case", "As `trusted`, and writes the keyword `StartTls`.", ["StartTls"],
        advice: "Keywords have no case: offered.", reference: "RFC 5321 §2.4")

    static let starttlsTwice = offer(
        "starttls-twice", "As `trusted`, and offers STARTTLS twice.", ["STARTTLS", "STARTTLS"],
        advice: "Offered is offered.", reference: "RFC 3207 §2")

    static let starttlsParameters = offer(
        "starttls-parameters", "As `trusted`, and puts parameters after the keyword, which has none.",
        ["STARTTLS REQUIRED x=1"], advice: "The keyword is what counts: offered.", reference: "RFC 3207 §2")

    static let starttlsInText = Behaviour(
        "starttls-in-text", "Says STARTTLS in its greeting and inside other keywords, and does not offer it.",
        reference: "RFC 5321 §4.1.1.1", advice: "Only a line's whole keyword counts: mail travels in the clear.",
        expect: .outcome(.starttlsNotOffered, starttls: false),
        script: Script(
            greeting: [.reply("220 %h ESMTP STARTTLS")],
            ehlo: [.reply("250-STARTTLS\r\n250-HELP STARTTLS\r\n250-X-STARTTLS\r\n250-NOSTARTTLS\r\n250 STARTTLSX")],
            starttls: [unknown]))

    static let plaintextAfterGo = Behaviour(
        "plaintext-after-go", "As `trusted`, with more plaintext behind the 220 to STARTTLS, in the same segment.",
        reference: "RFC 3207 §4.2, CVE-2011-0411",
        advice: "Discard it and go on under TLS: what came in the clear must not count. Tell the postmaster.",
        expect: .session(.trusted, verified: true, findings: [.plaintextAfterSTARTTLS]),
        script: Script(starttls: [.reply("220 2.0.0 Ready to start TLS\r\n250 2.1.0 Injected"), .startTLS]))

    /// As Cisco PIX and ASA write it.
    private static let asterisks = "220 **************************************************0*2******"
    private static let unknown = Move.reply("500 5.5.1 Command unrecognized: \"XXXXXXXX\"")

    private static func mask(_ name: String, _ keyword: String) -> Behaviour {
        Behaviour(
            name, "In the place of STARTTLS stands \(keyword), as a firewall that inspects SMTP writes it.",
            reference: "RFC 3207 §6, RFC 7435 §4",
            advice: "A device on the way strips TLS: mail travels in the clear.",
            expect: .outcome(.starttlsStripped, starttls: false),
            script: Script(ehlo: [.capabilities(.masked(keyword))], starttls: [unknown]))
    }

    private static func offer(
        _ name: String, _ summary: String, _ lines: [String], advice: String, reference: String
    ) -> Behaviour {
        Behaviour(
            name, summary, reference: reference, advice: advice, expect: .session(.trusted, verified: true),
            script: .offering(.lines(lines)))
    }
}
