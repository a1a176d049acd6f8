import CMXOpenSSL
import CensusModel
import CensusRules
import CertificateChain

import struct Foundation.Date

/// A chain and its verdict. The first byte is the time of the judgement, in steps of 36 days from September 2020; then
/// each certificate with its length before it, in two octets.
///
/// Promises: the leaves in `KnownChains` may be trusted and nothing else in the world, for no one can sign for their root
/// any more; the same input has the same verdict, remembered or not; all text is escaped and bounded;
/// OpenSSL's error queue stays empty.
enum CertificatesBody {
    static func run(_ input: [UInt8]) throws {
        guard let (time, chain) = parts(of: input) else { return }
        let evidence = fresh.evidence(chain: chain, at: time)
        try check(evidence, chain)
        try holds(remembering.evidence(chain: chain, at: time) == evidence, "judged again, the evidence is another")
        try holds(remembering.evidence(chain: chain, at: time) == evidence, "remembered, the evidence is another")
        for host in hosts { try checkVerdict(on: host, chain, evidence, time) }
        try holds(ERR_peek_error() == 0, "OpenSSL's error queue is not empty")
    }

    /// Whether the chain of `input` leads to the root, and nothing is wrong with it.
    static func isTrusted(_ input: [UInt8]) -> Bool {
        parts(of: input).map { fresh.evidence(chain: $0.chain, at: $0.time).problems.isEmpty } ?? false
    }

    private static func parts(of input: [UInt8]) -> (time: Date, chain: [[UInt8]])? {
        guard let first = input.first else { return nil }
        let time = Date(timeIntervalSince1970: 1_600_000_000 + Double(first) * 36 * 86400)
        return (time, certificates(of: input.dropFirst()))
    }

    private static let fresh = ChainJudge(trustStore: KnownChains.trust, cacheSize: 0)
    private static let remembering = ChainJudge(trustStore: KnownChains.trust, cacheSize: 64)
    private static let hosts = ["mx.example.org", "mx.elsewhere.example", "xn--bcher-kva.example"]
        .map { DomainName(normalized: $0) }

    /// At most as many as a server may send.
    private static func certificates(of input: ArraySlice<UInt8>) -> [[UInt8]] {
        var result: [[UInt8]] = []
        var rest = input
        while let high = rest.popFirst(), result.count < 10 {
            let length = Int(high) << 8 | Int(rest.popFirst() ?? 0)
            result.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return result
    }

    private static func check(_ evidence: ChainEvidence, _ chain: [[UInt8]]) throws {
        try holds(evidence.certificates.count == chain.count, "\(evidence.certificates.count) of \(chain.count)")
        try holds(evidence.leaf == evidence.certificates.first ?? nil, "the leaf is not the first")
        try holds(evidence.problems.isEmpty == (evidence.verifyError == nil), "\(evidence)")
        try HostileText.check(evidence.verifyError, limit: 1 << 19, "the verifier's words")
        for (der, facts) in zip(chain, evidence.certificates) {
            try holds(certificateFacts(der: der) == facts, "alone, a certificate has other facts")
            guard let facts else { continue }
            try holds(certificateFacts(der: der + [0]) == nil, "bytes after a certificate are accepted")
            try holds(certificateFacts(der: der.dropLast()) == nil, "a cut certificate is accepted")
            try check(facts, size: der.count)
        }
        guard evidence.problems.isEmpty else { return }
        let known = chain.first.flatMap(signedPart).map { KnownChains.signed.contains(digest($0)) } ?? false
        try holds(known, "trusted: \(evidence)")
    }

    /// The tbsCertificate of a certificate, with its header; OpenSSL takes lengths in BER as well.
    private static func signedPart(of der: [UInt8]) -> ArraySlice<UInt8>? {
        guard let outer = element(der[...]) else { return nil }
        return element(outer.content).map(\.whole)
    }

    private static func element(_ bytes: ArraySlice<UInt8>) -> (whole: ArraySlice<UInt8>, content: ArraySlice<UInt8>)? {
        guard bytes.count >= 2, bytes.first == 0x30 else { return nil }
        let first = Int(bytes[bytes.startIndex + 1])
        let octets = first < 0x80 ? 0 : first & 0x7f
        guard octets <= 4, bytes.count >= 2 + octets else { return nil }
        let rest = bytes.dropFirst(2)
        let length = first < 0x80 ? first : rest.prefix(octets).reduce(0) { $0 << 8 | Int($1) }
        guard rest.count >= octets + length else { return nil }
        return (bytes.prefix(2 + octets + length), rest.dropFirst(octets).prefix(length))
    }

    /// SHA-256 in hexadecimal.
    private static func digest(_ bytes: ArraySlice<UInt8>) -> String {
        var result = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        bytes.withUnsafeBufferPointer { _ = SHA256($0.baseAddress, $0.count, &result) }
        return result.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func check(_ facts: CertificateFacts, size: Int) throws {
        // An octet takes four characters at most, and an attribute's name is longer than its value may be.
        let limit = 64 * size + 64
        try HostileText.check(facts.subject, limit: limit, "the subject")
        try HostileText.check(facts.issuer, limit: limit, "the issuer")
        try HostileText.check(facts.commonName, limit: limit, "the common name")
        try HostileText.check(facts.keyAlgorithm, limit: 128, "the key's algorithm")
        try HostileText.check(facts.signatureAlgorithm, limit: 128, "the signature's algorithm")
        try HostileText.check(facts.serial, limit: 2 * size + 1, "the serial")
        for name in facts.dnsNames { try HostileText.check(name, limit: limit, "a name") }
        try holds(facts.fingerprint.count == 32 && facts.serialLength > 0 && facts.keyBits >= 0, "\(facts)")
    }

    private static func checkVerdict(
        on host: DomainName?, _ chain: [[UInt8]], _ evidence: ChainEvidence, _ time: Date
    ) throws {
        var observation = ProbeObservation(
            target: ProbeTarget(host: host, address: .v4(0xc000_0201), port: 25), startedAt: time)
        observation.starttlsOffered = true
        observation.chain = chain
        observation.tls = TLSParameters(
            version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", group: "x25519", cipherBits: 256,
            forwardSecrecy: true, clientCertificateRequested: false, ocspStaple: nil)
        let verdict = Judge.verdict(of: observation, evidence: evidence, at: time)
        try holds(verdict == Judge.verdict(of: observation, evidence: evidence, at: time), "another verdict")
        try holds(verdict.findings == Set(verdict.findings).sorted(), "findings out of order: \(verdict.findings)")
        try holds((verdict.error == nil) == (verdict.outcome == .trusted), "\(verdict)")
        try HostileText.check(verdict.error, limit: 1 << 19, "the error")
        guard verdict.outcome == .trusted else { return }
        try holds(verdict.verified == true && evidence.problems.isEmpty, "trusted in spite of \(evidence.problems)")
        try holds(host.map { KnownChains.hosts.contains($0.text) } ?? false, "trusted for another host")
    }
}
