import CensusModel
import CensusReport
import Foundation

/// 2014-05-17 08:30:00 UTC, by `date -u -d '2014-05-17 08:30:00' +%s`.
let saturday = Date(timeIntervalSince1970: 1_400_315_400)

func weights(_ hosts: Int64, _ domains: Int64, _ volume: Double) -> Weights {
    Weights(hosts: hosts, domains: domains, volume: volume)
}

/// A scan near the proportions of the 2014 study at 1:1000, with numbers that add up:
/// 3,400 unique hosts = 3,145 seen + 95 not seen + 100 without service + 60 never probed;
/// 3,145 seen = 2,617 with STARTTLS + 528 without; 2,617 = 2,390 trusted + 224 failed + 3 undecided.
func sampleSummary() -> ScanSummary {
    ScanSummary(
        scan: ScanInfo(
            id: 3, name: "weekend", list: "recipients", state: .finished, startedAt: saturday,
            finishedAt: saturday.addingTimeInterval(200)),
        statuses: [
            .init(status: .mx, domains: 7_600, volume: 960_000),
            .init(status: .implicitMX, domains: 150, volume: 10_000),
            .init(status: .nullMX, domains: 50, volume: 5_000),
            .init(status: .noMailHost, domains: 40, volume: 4_000),
            .init(status: .nxdomain, domains: 100, volume: 15_000),
            .init(status: .dnsFailure, domains: 55, volume: 5_900),
            .init(status: .invalidName, domains: 5, volume: 100),
        ],
        hostStatuses: [
            .init(status: .ok, weights: weights(3_340, 7_650, 965_000)),
            .init(status: .ipLiteral, weights: weights(2, 4, 100)),
            .init(status: .noAddress, weights: weights(30, 50, 3_000)),
            .init(status: .nxdomain, weights: weights(20, 30, 1_000)),
            .init(status: .dnsFailure, weights: weights(8, 16, 900)),
        ],
        outcomes: sampleOutcomes(),
        findings: [
            .init(finding: .expired, weights: weights(31, 60, 4_000)),
            .init(finding: .nameMismatch, weights: weights(190, 400, 50_000)),
            .init(finding: .wildcard, weights: weights(1, 2, 20)),
        ],
        verdicts: [
            .init(verdict: .secure, domains: 5_000, volume: 750_000),
            .init(verdict: .encrypted, domains: 700, volume: 80_000),
            .init(verdict: .plain, domains: 1_500, volume: 100_000),
            .init(verdict: .unreachable, domains: 250, volume: 20_000),
            .init(verdict: .unseen, domains: 300, volume: 20_000),
            .init(verdict: .noMail, domains: 190, volume: 24_000),
            .init(verdict: .unresolved, domains: 60, volume: 6_000),
        ],
        providers: sampleProviders(),
        secondLooks: [
            .init(result: .same, weights: weights(120, 300, 40_000)),
            .init(result: .other, weights: weights(6, 12, 900)),
            .init(result: .noCertificate, weights: weights(3, 4, 50)),
            .init(result: .unseen, weights: weights(1, 0, 0)),
        ],
        looks: [
            .init(source: .own, weights: weights(2_500, 6_000, 800_000)),
            .init(source: .shared, weights: weights(500, 1_500, 100_000)),
        ])
}

private func sampleOutcomes() -> [ScanSummary.OutcomeRow] {
    [
        .init(outcome: .refused, conclusive: true, starttls: nil, weights: weights(90, 100, 9_000)),
        .init(outcome: .connectTimeout, conclusive: false, starttls: nil, weights: weights(70, 80, 8_000)),
        .init(outcome: .greetingRejected, conclusive: true, starttls: nil, weights: weights(10, 20, 1_000)),
        .init(outcome: .greetingRejected, conclusive: false, starttls: nil, weights: weights(20, 40, 2_000)),
        .init(outcome: .stalled, conclusive: false, starttls: nil, weights: weights(5, 10, 500)),
        .init(outcome: .starttlsNotOffered, conclusive: true, starttls: false, weights: weights(520, 1_500, 100_000)),
        .init(outcome: .starttlsStripped, conclusive: true, starttls: false, weights: weights(8, 20, 500)),
        .init(outcome: .starttlsRefused, conclusive: false, starttls: true, weights: weights(3, 5, 100)),
        .init(outcome: .handshakeFailed, conclusive: true, starttls: true, weights: weights(5, 15, 900)),
        .init(outcome: .negativeSerial, conclusive: true, starttls: true, weights: weights(1, 2, 0.25)),
        .init(outcome: .selfSigned, conclusive: true, starttls: true, weights: weights(2, 4, 99.75)),
        .init(outcome: .unknownAuthority, conclusive: true, starttls: true, weights: weights(50, 154, 9_900)),
        .init(outcome: .expired, conclusive: true, starttls: true, weights: weights(20, 50, 3_000)),
        .init(outcome: .nameMismatch, conclusive: true, starttls: true, weights: weights(146, 350, 40_000)),
        .init(outcome: .trusted, conclusive: true, starttls: true, weights: weights(2_390, 5_300, 790_000)),
    ]
}

private func sampleProviders() -> [ScanSummary.ProviderRow] {
    [
        .init(
            provider: "google.com", weights: weights(40, 2_500, 400_000), commonestOutcome: .trusted,
            starttlsHosts: 40, trustedHosts: 40),
        .init(
            provider: "yahoodns.net", weights: weights(12, 900, 150_000), commonestOutcome: .nameMismatch,
            starttlsHosts: 12, trustedHosts: 0),
        .init(
            provider: "例え.example", weights: weights(3, 60, 4_000), commonestOutcome: .starttlsNotOffered,
            starttlsHosts: 1, trustedHosts: 1),
        .init(
            provider: "never.example", weights: weights(2, 3, 10), commonestOutcome: nil, starttlsHosts: 0,
            trustedHosts: 0),
    ]
}

/// Labels as the database has them, for some of the codes: the rest stand for themselves.
func sampleVocabulary() -> ReportVocabulary {
    ReportVocabulary(
        domainStatuses: [
            "mx": "has MX records", "implicit_mx": "implicit MX", "null_mx": "null MX", "no_mail_host": "no mail host",
            "nxdomain": "no such domain", "dns_failure": "DNS failure", "invalid_name": "invalid name",
        ],
        hostStatuses: [
            "ip_literal": "IP address instead of a name", "no_address": "no address", "nxdomain": "no such host",
            "dns_failure": "DNS failure",
        ],
        outcomes: [
            "refused": "connection refused", "connect_timeout": "no answer to the connection",
            "greeting_rejected": "greeted with a refusal", "stalled": "stopped in mid-dialogue",
            "starttls_not_offered": "STARTTLS not offered", "starttls_stripped": "STARTTLS masked on the way",
            "starttls_refused": "STARTTLS offered, then refused", "handshake_failed": "TLS handshake failed",
            "negative_serial": "negative serial number", "self_signed": "self-signed certificate",
            "unknown_authority": "signed by an unknown authority", "expired": "expired certificate",
            "name_mismatch": "certificate name does not match the MX host", "trusted": "trusted",
        ],
        findings: ["expired": "expired certificate", "name_mismatch": "certificate name does not match the MX host"],
        verdicts: [
            "secure": "secure", "encrypted": "encrypted", "plain": "plain text", "unreachable": "unreachable",
            "unseen": "not seen", "no_mail": "takes no mail", "unresolved": "unresolved",
        ],
        studyClasses: [
            "handshake_failed": "connection problems", "negative_serial": "negative serial",
            "self_signed": "unknown authority", "unknown_authority": "unknown authority", "expired": "expired",
            "name_mismatch": "name mismatch",
        ])
}

/// One probe of a host with a certificate for another name and an intermediate that cannot be read.
func sampleProbe() -> ProbePageEntry {
    var observation = ProbeObservation(
        target: ProbeTarget(
            host: DomainName(normalized: "mta5.am0.yahoodns.example"), address: .v4(0xc000_0205), port: 25),
        startedAt: saturday.addingTimeInterval(0.25))
    observation.greeting = SMTPReply(code: 220, lines: ["mta5 ESMTP ready"])
    observation.ehlo = SMTPReply(code: 250, lines: ["mta5 at your service", "STARTTLS"])
    observation.starttls = SMTPReply(code: 220, lines: ["Go ahead"])
    observation.ehloUnderTLS = SMTPReply(code: 250, lines: ["mta5 at your service"])
    observation.starttlsOffered = true
    observation.tls = TLSParameters(
        version: "TLSv1.2", cipher: "TLS_RSA_WITH_AES_128_GCM_SHA256", group: nil, cipherBits: 128,
        dhBits: 1024, signatureDigest: "SHA1", forwardSecrecy: false, clientCertificateRequested: true, ocspStaple: nil)
    observation.handshakeStep = .finished
    observation.secondLook = SecondLook(failure: .handshake(.alert(112)), chain: [])
    observation.durations = [.connect: 12, .greeting: 30, .ehlo: 11, .starttls: 10, .handshake: 44, .ehloUnderTLS: 9]
    observation.transcript = [
        .init(direction: .note, text: "connected", milliseconds: 12),
        .init(direction: .received, text: "220 mta5 ESMTP ready", milliseconds: 42),
        .init(direction: .sent, text: "EHLO scanner.example.org", milliseconds: 42),
        .init(direction: .received, text: "250-mta5 at your service", milliseconds: 53),
        .init(direction: .received, text: "250 STARTTLS", milliseconds: 53),
        .init(direction: .sent, text: "STARTTLS", milliseconds: 53),
        .init(direction: .received, text: "220 Go ahead", milliseconds: 63),
        .init(direction: .note, text: "TLS handshake complete", milliseconds: 107),
        .init(direction: .sent, text: "QUIT", milliseconds: 1_116),
    ]
    let leaf = CertificateFacts(
        fingerprint: Array(0..<32), serial: "-0a1b", serialLength: 2, notBefore: saturday.addingTimeInterval(-86_400),
        notAfter: saturday.addingTimeInterval(86_400), issuer: "CN=Example Issuing CA 1,O=Example Trust,C=US",
        subject: "CN=*.yahoodns.example", dnsNames: (1...23).map { "*.n\($0).yahoodns.example" },
        hasAlternativeNames: true, commonName: "*.yahoodns.example", keyAlgorithm: "RSA", keyBits: 2048,
        signatureAlgorithm: "sha256WithRSAEncryption", isSelfSigned: false, isCA: false, mustStaple: false,
        namesIssuerLocation: true)
    return ProbePageEntry(
        observation: observation,
        verdict: ProbeVerdict(
            outcome: .nameMismatch, findings: [.nameMismatch, .noForwardSecrecy], conclusive: true, starttls: true,
            verified: false, error: "no name in the certificate matches mta5.am0.yahoodns.example"),
        evidence: ChainEvidence(
            certificates: [leaf, nil], problems: [], verifyError: nil))
}

func samplePage(_ entries: [ProbePageEntry]) -> ProbePage {
    ProbePage(
        asked: "yahoodns.example", notes: ["MX of yahoodns.example: 1 mta5.am0.yahoodns.example"], entries: entries,
        words: [
            "name_mismatch": OutcomeWords(
                label: "certificate name does not match the MX host",
                explanation: """
                    The certificate is trusted but does not name the MX host. A wildcard covers exactly one label: \
                    *.example.net is good for mx.example.net, not for a.mx.example.net.
                    """,
                remedy: "Add the MX host name to the subject alternative names.", rfc8460: "certificate-host-mismatch",
                reference: "RFC 9525 §6.3")
        ],
        findingWords: [
            "no_forward_secrecy": OutcomeWords(
                label: "no forward secrecy",
                explanation: "Whoever gets the key of the server later can read what was recorded before.",
                remedy: "Offer suites with ECDHE.", reference: "RFC 9325 §4.1")
        ])
}
