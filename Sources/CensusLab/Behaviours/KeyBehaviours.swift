import CensusModel

// Hosts whose certificate is good but for its key or its staple.
extension Behaviour {
    static let keyFamily = [rsa512, rsa768, rsa1024, rsa2048, rsa4096, p384, p521, ed25519]

    static let rsa512 = brokenKey(
        "rsa-512", 512, .rsa512, reference: "RFC 9325 §4.2, factored in 1999 (RSA-155)", versions: .tls12)
    static let rsa768 = brokenKey(
        "rsa-768", 768, .rsa768, reference: "RFC 9325 §4.2, factored in 2009 (RSA-768)", versions: .modern)

    static let rsa1024 = Behaviour(
        "rsa-1024", "The certificate has an RSA key of 1024 bits.",
        reference: "RFC 9325 §4.2", advice: "Trusted; the key is too short for our times.",
        expect: .session(.trusted, verified: true, findings: [.weakKey]), script: .certificate(.rsa1024))

    static let rsa2048 = goodKey("rsa-2048", "an RSA key of 2048 bits", .rsa2048, reference: "RFC 9325 §4.2")
    static let rsa4096 = goodKey("rsa-4096", "an RSA key of 4096 bits", .rsa4096, reference: "RFC 9325 §4.2")
    static let p384 = goodKey("p-384", "a key on the curve P-384", .p384, reference: "RFC 8422 §5.1.1")
    static let p521 = goodKey("p-521", "a key on the curve P-521", .p521, reference: "RFC 8422 §5.1.1")
    static let ed25519 = goodKey("ed25519", "an Ed25519 key", .ed25519, reference: "RFC 8410 §3, RFC 8446 §4.2.3")

    private static func goodKey(
        _ name: String, _ key: String, _ kind: CertificateKind, reference: String
    ) -> Behaviour {
        Behaviour(
            name, "As `trusted`; the certificate has \(key).", reference: reference,
            advice: "Encrypted and authenticated.", expect: .session(.trusted, verified: true),
            script: .certificate(kind))
    }

    private static func brokenKey(
        _ name: String, _ bits: Int, _ kind: CertificateKind, reference: String, versions: SessionShape.Versions
    ) -> Behaviour {
        Behaviour(
            name, "The certificate has an RSA key of \(bits) bits.", reference: reference,
            advice: "Anyone can work out the private key: it proves nothing.",
            expect: .session(.weakCertificate, verified: false, findings: [.weakCertificate, .weakKey]),
            script: Script(certificate: kind, session: SessionShape(versions: versions)))
    }

    static let stapleFamily = [
        mustStapleMissing, stapleGood, stapleRevoked, stapleExpired, stapleOfOther, stapleGarbage, stapleUnknown,
        stapleTryLater, stapleForged,
    ]

    static let mustStapleMissing = remark(
        "must-staple-missing", "The certificate asks for a stapled OCSP response, and none is sent.", .mustStaple,
        [.mustStapleMissing], reference: "RFC 7633 §4.2.3", advice: "Trusted; clients that heed the wish break off.")

    static let stapleGood = remark(
        "staple-good", "The certificate asks for a stapled OCSP response, which says that it is good.", .stapleGood, [],
        reference: "RFC 6066 §8, RFC 6960 §2.2", advice: "Encrypted, authenticated and not revoked.")

    static let stapleRevoked = certificate(
        "staple-revoked", "The stapled OCSP response says that the certificate is revoked.", .stapleRevoked, .revoked,
        reference: "RFC 6960 §2.2", advice: "The authority itself says that the certificate must not be trusted.")

    static let stapleExpired = remark(
        "staple-expired", "The stapled OCSP response was good until a week ago.", .stapleExpired, [.stapleExpired],
        reference: "RFC 6960 §4.2.2.1", advice: "Says nothing any more; trusted as without it.")

    static let stapleOfOther = invalidStaple(
        "staple-of-other", "The stapled OCSP response is about another certificate.", .stapleOfOther)
    static let stapleGarbage = invalidStaple("staple-garbage", "The stapled OCSP response is no DER.", .stapleGarbage)
    static let stapleUnknown = invalidStaple(
        "staple-unknown", "The stapled OCSP response says that its responder does not know the certificate.",
        .stapleUnknown)
    static let stapleTryLater = invalidStaple(
        "staple-try-later", "The stapled OCSP response says `tryLater` and nothing else.", .stapleTryLater)
    static let stapleForged = invalidStaple(
        "staple-forged", "The stapled OCSP response calls the certificate good, and an unknown authority signed it.",
        .stapleForged)

    private static func invalidStaple(_ name: String, _ summary: String, _ kind: CertificateKind) -> Behaviour {
        remark(
            name, summary, kind, [.stapleInvalid], reference: "RFC 6960 §3.2",
            advice: "Proves nothing; trusted as without it. Tell the postmaster.")
    }
}
