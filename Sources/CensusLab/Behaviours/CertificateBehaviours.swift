import CensusModel

// Hosts that encrypt, with a certificate that proves nothing.
extension Behaviour {
    static let certificateFamily = [
        nameMismatch, wildcardTooDeep, unknownAuthority, selfSigned, missingIntermediate, expired, notYetValid,
        negativeSerial, badSignature, wrongPurpose, unknownCriticalExtension,
    ]

    static let nameMismatch = certificate(
        "name-mismatch", "The certificate is trusted but names other hosts.", .otherName, .nameMismatch,
        reference: "RFC 9525 §6.3", advice: "Encrypted, but it may be anyone: compare with the name of the MX host.")

    static let wildcardTooDeep = certificate(
        "wildcard-too-deep",
        "The certificate is for `*.example.net`, the host is two labels below: `mta5.am0.example.net`.",
        .tooDeepWildcard, .nameMismatch, reference: "RFC 9525 §6.3",
        advice: "A wildcard covers exactly one label: no match.")

    static let unknownAuthority = certificate(
        "unknown-authority", "The certificate comes from a private authority, whose intermediate is sent along.",
        .unknownAuthority, .unknownAuthority, reference: "RFC 5280 §6.1", advice: "No path to a trusted root.")

    static let selfSigned = certificate(
        "self-signed", "The certificate is signed by itself.", .selfSigned, .selfSigned,
        reference: "RFC 5280 §3.2", advice: "Proves nothing about who holds the key.")

    static let missingIntermediate = certificate(
        "missing-intermediate", "Sends the leaf alone; it says (AIA) where its issuer's certificate could be fetched.",
        .missingIntermediate, .incompleteChain, reference: "RFC 5246 §7.4.2, RFC 5280 §4.2.2.1",
        advice: "The chain is incomplete, which is another mistake than an unknown authority.")

    static let expired = certificate(
        "expired", "The certificate expired ten days ago.", .expired, .expired,
        reference: "RFC 5280 §4.1.2.5", advice: "Not valid at the time of the probe.")

    static let notYetValid = certificate(
        "not-yet-valid", "The certificate becomes valid in ten days.", .notYetValid, .notYetValid,
        reference: "RFC 5280 §4.1.2.5", advice: "Not valid at the time of the probe; not the same as expired.")

    static let negativeSerial = certificate(
        "negative-serial", "The serial number of an otherwise good certificate is a negative INTEGER.",
        .negativeSerial, .negativeSerial, reference: "RFC 5280 §4.1.2.2",
        advice: "Forbidden, though lenient libraries accept it: keep the certificate and say so.")

    static let badSignature = certificate(
        "bad-signature", "The signature of the leaf does not verify.", .badSignature, .badSignature,
        reference: "RFC 5280 §6.1.3", advice: "The certificate was altered after it was signed.")

    static let wrongPurpose = certificate(
        "wrong-purpose", "Extended key usage allows TLS clients only.", .wrongPurpose, .wrongPurpose,
        reference: "RFC 5280 §4.2.1.12", advice: "Not meant for a server.")

    static let unknownCriticalExtension = certificate(
        "unknown-critical-extension", "The leaf has a critical extension that nobody knows.",
        .unknownCriticalExtension, .constraintViolation, reference: "RFC 5280 §4.2",
        advice: "A client must reject what it is told is critical and does not understand.")

    static func certificate(
        _ name: String, _ summary: String, _ kind: CertificateKind, _ finding: Finding, reference: String,
        advice: String
    ) -> Behaviour {
        guard let outcome = Outcome(rawValue: finding.rawValue) else {
            preconditionFailure("\(finding) is not the code of a certificate outcome")
        }
        return Behaviour(
            name, summary, reference: reference, advice: advice,
            expect: .session(outcome, verified: false, findings: [finding]), script: .certificate(kind))
    }

    /// A host that is trusted all the same, with what is worth remarking on its certificates.
    static func remark(
        _ name: String, _ summary: String, _ kind: CertificateKind, _ findings: [Finding], reference: String,
        advice: String
    ) -> Behaviour {
        Behaviour(
            name, summary, reference: reference, advice: advice,
            expect: .session(.trusted, verified: true, findings: findings), script: .certificate(kind))
    }
}
