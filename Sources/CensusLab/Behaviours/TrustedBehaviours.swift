// Hosts with nothing wrong.
extension Behaviour {
    static let trustedFamily = [trusted, trustedTLS12, trustedSlow, expiresSoon]

    static let trusted = Behaviour(
        "trusted", "Offers STARTTLS with a certificate that is trusted and names the host.",
        reference: "RFC 3207 §4", advice: "Encrypted and authenticated.",
        expect: .session(.trusted, verified: true))

    static let trustedTLS12 = Behaviour(
        "trusted-tls12", "As `trusted`, but speaks no TLS newer than 1.2.",
        reference: "RFC 9325 §3.1.1", advice: "Encrypted and authenticated; TLS 1.2 is still good.",
        expect: .session(.trusted, verified: true), script: Script(session: SessionShape(versions: .tls12)))

    static let trustedSlow = Behaviour(
        "trusted-slow", "As `trusted`, but greets only after a pause, as servers do that check the client first.",
        reference: "RFC 5321 §4.5.3.2.1",
        advice: "Wait for the greeting, for up to five minutes, and stay silent until then.",
        expect: .session(.trusted, verified: true), script: .greeting(.pause(.slow), .banner))

    static let expiresSoon = Behaviour(
        "expires-soon", "As `trusted`, but the certificate expires in ten days.",
        reference: "RFC 5280 §4.1.2.5", advice: "Trusted; tell the postmaster.",
        expect: .session(.trusted, verified: true, findings: [.expiresSoon]), script: .certificate(.expiresSoon))
}
