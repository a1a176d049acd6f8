// Something else than a mail server in the clear answers on the port.
extension Behaviour {
    static let otherProtocolFamily = [ssh, ftp, pop3, imap, implicitTLS, tlsAlertGreeting]

    static let ssh = Behaviour(
        "ssh", "An SSH server answers on the port.",
        reference: "RFC 4253 §4.2", advice: "No SMTP reply: not a mail server.",
        expect: .outcome(.notSMTP), script: .greeting(.reply("SSH-2.0-OpenSSH_9.2p1"), .silence))

    static let ftp = Behaviour(
        "ftp", "An FTP server answers on the port: its greeting is 220, like that of a mail server.",
        reference: "RFC 959 §5.4", advice: "Knows neither EHLO nor HELO: no mail session can begin.",
        expect: .outcome(.ehloRejected),
        script: Script(
            greeting: [.reply("220 (vsFTPd 3.0.3)")], ehlo: [.reply("500 EHLO not understood")],
            helo: [.reply("500 HELO not understood")]))

    static let pop3 = Behaviour(
        "pop3", "A POP3 server answers on the port.",
        reference: "RFC 1939 §4", advice: "No SMTP reply: not a mail server.",
        expect: .outcome(.notSMTP), script: .greeting(.reply("+OK POP3 ready"), .silence))

    static let imap = Behaviour(
        "imap", "An IMAP server answers on the port.",
        reference: "RFC 9051 §7.1", advice: "No SMTP reply: not a mail server.",
        expect: .outcome(.notSMTP), script: .greeting(.reply("* OK [CAPABILITY IMAP4rev1] ready"), .silence))

    static let implicitTLS = Behaviour(
        "implicit-tls", "Speaks TLS from the first byte, as on port 465, and waits for the client's.",
        reference: "RFC 8314 §3.3", advice: "Not seen: in TLS the client speaks first, in SMTP the server does.",
        expect: .outcome(.greetingTimeout, conclusive: false), script: .greeting(.startTLS, .banner))

    static let tlsAlertGreeting = Behaviour(
        "tls-alert-greeting", "Sends a TLS alert in the place of a greeting, and closes.",
        reference: "RFC 5321 §4.2", advice: "No SMTP reply: not a mail server in the clear.",
        expect: .outcome(.notSMTP), script: .greeting(alert(10), .close))
}
