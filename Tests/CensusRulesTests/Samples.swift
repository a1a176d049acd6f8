import CensusModel
import Foundation

/// 2014-05-17, the weekend of the study.
let noon = Date(timeIntervalSince1970: 1_400_328_000)
let day = 86400.0

func host(_ text: String) -> DomainName? { DomainName(normalized: text) }

/// A certificate that is good for `mx.example.org` at `noon`, but for what is changed.
func facts(
    _ names: [String] = ["mx.example.org"], commonName: String? = nil, alternativeNames: Bool? = nil,
    serial: String = "0a1b", serialLength: Int = 2,
    notBefore: Date = noon.addingTimeInterval(-100 * day), notAfter: Date = noon.addingTimeInterval(100 * day),
    subject: String = "CN=mx.example.org", issuer: String = "CN=Intermediate", selfSigned: Bool = false,
    mustStaple: Bool = false, fingerprint: UInt8 = 1, key: (algorithm: String, bits: Int) = ("EC", 256)
) -> CertificateFacts {
    CertificateFacts(
        fingerprint: Array(repeating: fingerprint, count: 32), serial: serial, serialLength: serialLength,
        notBefore: notBefore, notAfter: notAfter, issuer: issuer, subject: subject, dnsNames: names,
        hasAlternativeNames: alternativeNames ?? !names.isEmpty, commonName: commonName, keyAlgorithm: key.algorithm,
        keyBits: key.bits, signatureAlgorithm: "ecdsa-with-SHA256",
        isSelfSigned: selfSigned, isCA: false, mustStaple: mustStaple, namesIssuerLocation: false)
}

let intermediate = facts([], subject: "CN=Intermediate", issuer: "CN=Root", fingerprint: 2)
let root = facts([], subject: "CN=Root", issuer: "CN=Root", selfSigned: true, fingerprint: 3)

func evidence(
    _ leaf: CertificateFacts = facts(), others: [CertificateFacts?] = [intermediate], problems: Set<Finding> = []
) -> ChainEvidence {
    ChainEvidence(
        certificates: [leaf] + others, problems: problems,
        verifyError: problems.isEmpty ? nil : "the verifier's words")
}

func session(
    version: String = "TLSv1.3", cipher: String = "TLS_AES_256_GCM_SHA384", bits: Int = 256,
    forwardSecrecy: Bool = true,
    clientCertificate: Bool = false, staple: [UInt8]? = nil, dhBits: Int? = nil, digest: String? = "SHA256"
) -> TLSParameters {
    TLSParameters(
        version: version, cipher: cipher, group: "x25519", cipherBits: bits, dhBits: dhBits, signatureDigest: digest,
        forwardSecrecy: forwardSecrecy,
        clientCertificateRequested: clientCertificate, ocspStaple: staple)
}

func observation(
    host name: String? = "mx.example.org", _ change: (inout ProbeObservation) -> Void = { _ in }
) -> ProbeObservation {
    var result = ProbeObservation(
        target: ProbeTarget(host: name.flatMap(host), address: .v4(0xc000_0201), port: 25), startedAt: noon)
    change(&result)
    return result
}

/// A complete dialogue with a TLS session.
func trusting(
    host name: String? = "mx.example.org", _ tls: TLSParameters = session(),
    _ change: (inout ProbeObservation) -> Void = { _ in }
) -> ProbeObservation {
    observation(host: name) {
        $0.greeting = SMTPReply(code: 220, lines: ["mx.example.org ESMTP"])
        $0.ehlo = SMTPReply(code: 250, lines: ["mx.example.org", "STARTTLS"])
        $0.starttls = SMTPReply(code: 220, lines: ["go ahead"])
        $0.starttlsOffered = true
        $0.tls = tls
        $0.chain = [[0x30]]
        change(&$0)
    }
}
