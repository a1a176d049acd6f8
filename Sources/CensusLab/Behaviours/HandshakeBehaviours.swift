// Hosts that accept STARTTLS and then break, in the handshake or right after it.
extension Behaviour {
    static let handshakeFamily = [
        handshakeAlert, handshakeInternalError, handshakeNotTLS, handshakeClosed, postTLSClosed, postTLSRejected,
    ]

    static let handshakeAlert = Behaviour(
        "handshake-alert", "Answers the ClientHello with the alert handshake_failure (40).",
        reference: "RFC 8446 §6.2", advice: "STARTTLS is offered and broken.",
        expect: .outcome(.handshakeFailed, starttls: true, handshake: .alert(40)),
        script: .afterHello(alert(40), .close))

    static let handshakeInternalError = Behaviour(
        "handshake-internal-error", "Answers the ClientHello with the alert internal_error (80).",
        reference: "RFC 8446 §6.2", advice: "STARTTLS is offered and broken.",
        expect: .outcome(.handshakeFailed, starttls: true, handshake: .alert(80)),
        script: .afterHello(alert(80), .close))

    static let handshakeNotTLS = Behaviour(
        "handshake-not-tls", "Says 220 to STARTTLS, then answers the ClientHello in SMTP.",
        reference: "RFC 3207 §4", advice: "No TLS behind the 220.",
        expect: .outcome(.handshakeFailed, starttls: true, handshake: .notTLS),
        script: .afterHello(.reply("500 5.5.1 Error: command unrecognized"), .close))

    static let handshakeClosed = Behaviour(
        "handshake-closed", "Says 220 to STARTTLS, then closes at the ClientHello.",
        reference: "RFC 8446 §6.1", advice: "STARTTLS is offered and broken.",
        expect: .outcome(.handshakeFailed, starttls: true, handshake: .closed), script: .afterHello(.close))

    static let postTLSClosed = Behaviour(
        "post-tls-closed", "Completes a good handshake, then closes at the EHLO.",
        reference: "RFC 3207 §4.2", advice: "Handshake and certificate are good, and still no mail can be delivered.",
        expect: .session(.postTLSFailure, verified: true), script: Script(ehloUnderTLS: [.close]))

    static let postTLSRejected = Behaviour(
        "post-tls-rejected", "Completes a good handshake, then answers the EHLO with 554.",
        reference: "RFC 3207 §4.2", advice: "Handshake and certificate are good, and still no mail can be delivered.",
        expect: .session(.postTLSFailure, verified: true),
        script: Script(ehloUnderTLS: [.reply("554 5.3.0 Error: no backend behind this proxy"), .close]))

    /// A fatal alert in a TLS 1.2 record (RFC 8446 §5.1, §6).
    static func alert(_ number: UInt8) -> Move { .raw([21, 3, 3, 0, 2, 2, number]) }
}
