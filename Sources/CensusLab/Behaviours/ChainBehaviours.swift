import CensusModel

// Hosts whose certificate names them; the numbers, the authorities or the order in the chain are the question.
extension Behaviour {
    static let chainFamily = [
        zeroSerial, longSerial, intermediateExpired, intermediateNotCA, pathTooLong, namesExcluded, sha1Leaf, md5Leaf,
        sha1Intermediate, extraCertificate, doubledCertificate, misorderedChain, rootIncluded, longChain, hugeChain,
    ]

    static let zeroSerial = remark(
        "zero-serial", "The serial number of an otherwise good certificate is zero.", .zeroSerial, [.zeroSerial],
        reference: "RFC 5280 §4.1.2.2", advice: "Must be positive; accepted by most: tell the postmaster.")

    static let longSerial = remark(
        "long-serial", "The serial number of an otherwise good certificate has 24 octets.", .longSerial, [.longSerial],
        reference: "RFC 5280 §4.1.2.2", advice: "At most 20 octets are allowed; accepted by most.")

    static let intermediateExpired = certificate(
        "intermediate-expired", "The intermediate expired ten days ago; the leaf is valid.", .intermediateExpired,
        .expired, reference: "RFC 5280 §6.1.3", advice: "Every certificate of the path must be valid.")

    static let intermediateNotCA = certificate(
        "intermediate-not-ca", "The leaf was issued by a certificate that may not issue any.", .intermediateNotCA,
        .constraintViolation, reference: "RFC 5280 §4.2.1.9, §6.1.4",
        advice: "Any customer of an authority could do this: not a path.")

    static let pathTooLong = certificate(
        "path-too-long", "An authority with a path length of zero has issued another authority.", .pathTooLong,
        .constraintViolation, reference: "RFC 5280 §4.2.1.9", advice: "The authority had no right to: not a path.")

    static let namesExcluded = certificate(
        "names-excluded", "The intermediate may only issue for `permitted.test`, and has issued for the host.",
        .namesExcluded, .constraintViolation, reference: "RFC 5280 §4.2.1.10",
        advice: "The authority had no right to: not a path.")

    static let sha1Leaf = certificate(
        "sha1-leaf", "The leaf is signed with SHA-1.", .weakLeafSignature, .weakCertificate,
        reference: "RFC 9155 §1, RFC 6194", advice: "Such signatures can be forged: it proves nothing.")

    static let md5Leaf = certificate(
        "md5-leaf", "The leaf is signed with MD5.", .md5LeafSignature, .weakCertificate,
        reference: "RFC 6151", advice: "Such signatures have been forged: it proves nothing.")

    static let sha1Intermediate = certificate(
        "sha1-intermediate", "The intermediate is signed with SHA-1; the leaf is sound.", .weakIntermediateSignature,
        .weakCertificate, reference: "RFC 9155 §1, RFC 6194", advice: "A path is as strong as its weakest signature.")

    static let extraCertificate = remark(
        "extra-certificate", "Sends a certificate that has nothing to do with its own.", .extraCertificate,
        [.extraCertificates], reference: "RFC 8446 §4.4.2", advice: "Trusted: the path is there. Tell the postmaster.")

    static let doubledCertificate = remark(
        "doubled-certificate", "Sends its intermediate twice.", .doubledCertificate, [.extraCertificates],
        reference: "RFC 8446 §4.4.2", advice: "Trusted: the path is there. Tell the postmaster.")

    static let misorderedChain = remark(
        "misordered-chain", "Sends the two intermediates of its path in the wrong order.", .misordered,
        [.misorderedChain], reference: "RFC 5246 §7.4.2, RFC 8446 §4.4.2",
        advice: "Trusted by clients that put it in order. Tell the postmaster.")

    static let rootIncluded = remark(
        "root-included", "Sends its root along.", .rootIncluded, [], reference: "RFC 8446 §4.4.2",
        advice: "Of no use and no harm: trusted.")

    static let longChain = remark(
        "long-chain", "The path has eleven authorities below the root, and all are sent.", .longChain, [],
        reference: "RFC 5280 §6.1", advice: "Unusual and in order: trusted.")

    static let hugeChain = Behaviour(
        "huge-chain", "Sends more than 128 KiB of certificates.",
        reference: "RFC 8446 §4.4.2", advice: "No honest chain is so long: give up after a bound.",
        expect: .outcome(.handshakeFailed, starttls: true, handshake: .other("excessive message size")),
        script: .certificate(.hugeChain))
}
