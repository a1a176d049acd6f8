import CensusModel

// Hosts whose certificate comes from a trusted authority; how it names them is the question.
extension Behaviour {
    static let nameFamily = [
        commonNameOnly, commonNameBesideOthers, addressOnly, wildcard, wildcardPartial, wildcardBare, wildcardDouble,
        nameUpperCase, nameFinalDot, nameWithNUL,
    ]

    static let commonNameOnly = remark(
        "common-name-only", "Names the host in the subject's common name; there is no subjectAltName.", .commonNameOnly,
        [.commonNameOnly], reference: "RFC 9525 §2, RFC 6125 §6.4.4",
        advice: "Old clients take it, new ones do not: trusted for this once; tell the postmaster.")

    static let commonNameBesideOthers = mismatch(
        "common-name-beside-others", "The common name is the host's, subjectAltName names other hosts.",
        .commonNameBesideOthers, reference: "RFC 6125 §6.4.4",
        advice: "Where there is a subjectAltName the common name does not count: no match.")

    static let addressOnly = mismatch(
        "address-only", "The common name is the host's, subjectAltName has nothing but the host's IP address.",
        .addressOnly, reference: "RFC 9525 §6.3, RFC 6125 §6.4.4",
        advice: "There is a subjectAltName, so the common name does not count; an address is no name.")

    static let wildcard = remark(
        "wildcard", "The certificate is for `*.` and the host's own domain.", .wildcard, [.wildcard],
        reference: "RFC 9525 §6.3", advice: "The wildcard covers the one label of the host: trusted.")

    static let wildcardPartial = mismatch(
        "wildcard-partial", "The certificate is for `m*.` and the host's own domain.", .partialWildcard,
        reference: "RFC 9525 §6.3", advice: "A wildcard is a whole label or none: no match.")

    static let wildcardBare = mismatch(
        "wildcard-bare", "The certificate is for `*`.", .bareWildcard, reference: "RFC 9525 §6.3",
        advice: "A wildcard covers one label, not all names: no match.")

    static let wildcardDouble = mismatch(
        "wildcard-double", "The certificate is for `*.*.` and a domain two labels up.", .doubleWildcard,
        reference: "RFC 9525 §6.3", advice: "Only the leftmost label may be a wildcard: no match.")

    static let nameUpperCase = remark(
        "name-upper-case", "The certificate writes the host's name in capitals.", .upperCase, [],
        reference: "RFC 9525 §6.3, RFC 4343 §3", advice: "Names have no case: trusted.")

    static let nameFinalDot = remark(
        "name-final-dot", "The certificate writes the host's name with a final dot.", .finalDot, [],
        reference: "RFC 1034 §3.1", advice: "The same name, written in full: trusted.")

    static let nameWithNUL = mismatch(
        "name-with-nul", "The certificate's name begins with the host's, then a NUL and another domain.", .nulInName,
        reference: "RFC 5280 §4.2.1.6, CVE-2009-2408",
        advice: "A name does not end at a NUL: no match, and probably an attack.")

    private static func mismatch(
        _ name: String, _ summary: String, _ kind: CertificateKind, reference: String, advice: String
    ) -> Behaviour {
        Behaviour(
            name, summary, reference: reference, advice: advice,
            expect: .session(.nameMismatch, verified: false, findings: [.nameMismatch]), script: .certificate(kind))
    }
}
