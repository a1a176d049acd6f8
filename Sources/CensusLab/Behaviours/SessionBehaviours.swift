import CensusModel

// Hosts whose TLS sessions are old, weak, slow or demanding. The certificate is good.
extension Behaviour {
    static let sessionFamily = [
        tls10Only, tls11Only, noForwardSecrecy, dhe2048, dhe1024, dhe512, nullCipher, sha1Signature, clientAsked,
        clientDemanded, clientDemandedTLS12, handshakeBytewise, handshakeDripEndless, otherWithoutName,
        nothingWithoutName,
    ]

    static let tls10Only = session(
        "tls10-only", "Speaks TLS 1.0 and nothing newer; its handshake is signed with SHA-1, as always there.",
        SessionShape(versions: .tls10), [.oldProtocol, .weakSignature], reference: "RFC 8996 §2, RFC 9155 §2",
        advice: "Encrypted and authenticated, by a protocol that must not be used any more.")

    static let tls11Only = session(
        "tls11-only", "Speaks TLS 1.1 and nothing newer; its handshake is signed with SHA-1, as always there.",
        SessionShape(versions: .tls11), [.oldProtocol, .weakSignature], reference: "RFC 8996 §2, RFC 9155 §2",
        advice: "Encrypted and authenticated, by a protocol that must not be used any more.")

    static let noForwardSecrecy = session(
        "no-forward-secrecy", "Knows only cipher suites with RSA key exchange.",
        SessionShape(versions: .tls12, ciphers: "kRSA+AESGCM"), [.noForwardSecrecy], .rsa2048,
        reference: "RFC 9325 §4.1", advice: "Encrypted and authenticated; who gets the key can read old mail.")

    static let dhe2048 = session(
        "dhe-2048", "Knows only ephemeral Diffie-Hellman in a finite field, of 2048 bits.",
        SessionShape(versions: .tls12, ciphers: "DHE-RSA-AES128-GCM-SHA256", dhBits: 2048), [], .rsa2048,
        reference: "RFC 9325 §4.1", advice: "Encrypted and authenticated.")

    static let dhe1024 = session(
        "dhe-1024", "Knows only ephemeral Diffie-Hellman in a finite field, of 1024 bits.",
        SessionShape(versions: .tls12, ciphers: "DHE-RSA-AES128-GCM-SHA256", dhBits: 1024), [.weakDH], .rsa2048,
        reference: "RFC 9325 §4.1", advice: "Encrypted and authenticated; a rich attacker may break the group.")

    static let dhe512 = Behaviour(
        "dhe-512", "Knows only ephemeral Diffie-Hellman in a finite field, of 512 bits (Logjam, CVE-2015-4000).",
        reference: "RFC 7919 §1, RFC 9325 §4.1", advice: "Anyone can break the group: no client goes on.",
        expect: .outcome(.handshakeFailed, starttls: true, handshake: .weakDH, findings: [.weakDH]),
        script: Script(
            certificate: .rsa2048,
            session: SessionShape(versions: .tls12, ciphers: "DHE-RSA-AES128-GCM-SHA256", dhBits: 512)))

    static let nullCipher = session(
        "null-cipher", "Knows only cipher suites that do not encrypt.",
        SessionShape(versions: .tls12, ciphers: "ECDHE-ECDSA-NULL-SHA"), [.weakCipher],
        reference: "RFC 9325 §4.1", advice: "A good certificate, and still everybody on the way can read the mail.")

    static let sha1Signature = session(
        "sha1-signature", "Speaks TLS 1.2 and signs its handshake with SHA-1.",
        SessionShape(versions: .tls12, signatures: "ECDSA+SHA1"), [.weakSignature], reference: "RFC 9155 §2",
        advice: "Encrypted and authenticated, with a signature that will not do for long.")

    static let clientAsked = session(
        "client-certificate-asked", "Asks for a client certificate, and does without.",
        SessionShape(clientCertificate: .asked), [.clientCertificateRequested], reference: "RFC 8446 §4.3.2",
        advice: "Encrypted and authenticated; clients that have a certificate may show it.")

    static let clientDemanded = demanding("client-certificate-demanded", .modern, reference: "RFC 8446 §4.4.2.4")
    static let clientDemandedTLS12 = demanding(
        "client-certificate-demanded-tls12", .tls12, reference: "RFC 5246 §7.4.6")

    static let handshakeBytewise = session(
        "handshake-bytewise", "As `trusted`, and everything under TLS comes one byte after the other.",
        SessionShape(pace: .bytewise), [], reference: "RFC 8446 §5.1",
        advice: "A record is what its header says, not what one read returns.")

    static let handshakeDripEndless = Behaviour(
        "handshake-drip-endless", "Sends its handshake so slowly, one byte after the other, that it never ends.",
        reference: "RFC 3207 §4.1", advice: "The deadline is for the whole handshake, not for each byte.",
        expect: .outcome(.handshakeFailed, starttls: true, handshake: .timeout),
        script: Script(session: SessionShape(pace: .endless)))

    static let otherWithoutName = Behaviour(
        "sni-other-certificate", "Shows its good certificate to clients that name the host (SNI), to others another.",
        reference: "RFC 6066 §3", advice: "Trusted; a client that sends no name sees a certificate for other hosts.",
        expect: .session(.trusted, verified: true, dependsOnServerName: true),
        script: Script(serverName: .otherCertificateWithout))

    static let nothingWithoutName = Behaviour(
        "sni-demanded", "Ends the handshake with unrecognized_name (112) for clients that do not name the host (SNI).",
        reference: "RFC 6066 §3", advice: "Trusted; a client that sends no name gets no TLS.",
        expect: .session(.trusted, verified: true, dependsOnServerName: true), script: Script(serverName: .demanded))

    private static func session(
        _ name: String, _ summary: String, _ shape: SessionShape, _ findings: [Finding],
        _ certificate: CertificateKind = .good, reference: String, advice: String
    ) -> Behaviour {
        Behaviour(
            name, summary, reference: reference, advice: advice,
            expect: .session(.trusted, verified: true, findings: findings),
            script: Script(certificate: certificate, session: shape))
    }

    private static func demanding(
        _ name: String, _ versions: SessionShape.Versions, reference: String
    ) -> Behaviour {
        Behaviour(
            name, "Demands a client certificate\(versions == .tls12 ? ", in TLS 1.2" : "").", reference: reference,
            advice: "Offered, and of no use to a client without a certificate that the host accepts.",
            expect: .outcome(
                .handshakeFailed, starttls: true, handshake: .clientCertificateRequired,
                findings: [.clientCertificateRequested]),
            script: Script(session: SessionShape(versions: versions, clientCertificate: .demanded)))
    }
}
