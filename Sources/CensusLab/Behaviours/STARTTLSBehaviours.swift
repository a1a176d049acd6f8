// Hosts that speak SMTP and give no TLS.
extension Behaviour {
    static let starttlsFamily = [plain, plainSlow, masked, heloOnly, starttlsRefused, starttlsTemporary]

    static let plain = Behaviour(
        "plain", "A healthy host that does not offer STARTTLS.",
        reference: "RFC 3207 §4", advice: "Mail travels in the clear.",
        expect: .outcome(.starttlsNotOffered, starttls: false), script: .plain)

    static let plainSlow = Behaviour(
        "plain-slow", "As `plain`, but greets only after a pause.",
        reference: "RFC 5321 §4.5.3.2.1", advice: "Wait for the greeting. Mail travels in the clear.",
        expect: .outcome(.starttlsNotOffered, starttls: false),
        script: Script(greeting: [.pause(.slow), .banner], ehlo: [.capabilities(.absent)]))

    static let masked = Behaviour(
        "masked", "In the place of STARTTLS stands XXXXXXXA, as a firewall that inspects SMTP writes it.",
        reference: "RFC 3207 §6, RFC 7435 §4", advice: "A device on the way strips TLS: mail travels in the clear.",
        expect: .outcome(.starttlsStripped, starttls: false),
        script: Script(
            ehlo: [.capabilities(.masked("XXXXXXXA"))],
            starttls: [.reply("500 5.5.1 Command unrecognized: \"XXXXXXXX\"")]))

    static let heloOnly = Behaviour(
        "helo-only", "Refuses EHLO with 502 and accepts HELO.",
        reference: "RFC 5321 §3.2", advice: "No extensions, hence no STARTTLS.",
        expect: .outcome(.starttlsNotOffered, starttls: false, findings: [.heloOnly]),
        script: Script(ehlo: [.reply("502 5.5.1 Command not implemented")]))

    static let starttlsRefused = Behaviour(
        "starttls-refused", "Offers STARTTLS and answers the command with 502.",
        reference: "RFC 3207 §4", advice: "Offered and broken: a client that insists on TLS cannot deliver.",
        expect: .outcome(.starttlsRefused, starttls: true),
        script: Script(starttls: [.reply("502 5.5.1 STARTTLS: command not implemented")]))

    static let starttlsTemporary = Behaviour(
        "starttls-temporary", "Offers STARTTLS and answers the command with 454.",
        reference: "RFC 3207 §4", advice: "Says that it is temporary: look again before judging.",
        expect: .outcome(.starttlsRefused, conclusive: false, starttls: true),
        script: Script(starttls: [.reply("454 4.7.0 TLS not available due to temporary reason")]))
}
