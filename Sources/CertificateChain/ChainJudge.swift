import CMXOpenSSL
import CensusModel
import Synchronization

import struct Foundation.Date

/// Judges chains against one trust store, and remembers what it judged.
///
/// Usable from any thread. A judgement costs a few hundred microseconds of CPU, a remembered one a few: the caller
/// decides on which thread that is spent.
public final class ChainJudge: Sendable {
    /// The authorities that every chain is judged against.
    public let trustStore: TrustStore
    private let verdicts: Mutex<GenerationalCache<Fingerprint, Remembered>>
    /// Certificates other than leaves: a few thousand serve the whole Internet.
    private let authorities: Mutex<GenerationalCache<Fingerprint, Certificate>>

    /// Evidence, and the span of Unix seconds in which no certificate involved changes its validity.
    private struct Remembered: Sendable {
        let evidence: ChainEvidence
        let valid: Range<Int64>
    }

    /// Remembers up to `cacheSize` chains, of about 2 KiB each; 0 remembers none.
    public init(trustStore: TrustStore, cacheSize: Int = 65536) {
        self.trustStore = trustStore
        verdicts = Mutex(GenerationalCache(capacity: cacheSize))
        authorities = Mutex(GenerationalCache(capacity: min(cacheSize, 4096)))
    }

    /// What the certificates of `chain` (DER, leaf first, as sent) are, and what is wrong with the path at `time`,
    /// host names and serial numbers left aside. Pure in its result: remembering changes only the cost.
    public func evidence(chain: [[UInt8]], at time: Date) -> ChainEvidence {
        let second = Int64(time.timeIntervalSince1970.rounded(.down))
        let fingerprints = chain.map(Fingerprint.init(of:))
        let key = Fingerprint(ofChain: fingerprints)
        if let known = verdicts.withLock({ $0.value(for: key) }), known.valid.contains(second) { return known.evidence }

        let certificates = zip(chain, fingerprints).enumerated().map { index, item in
            certificate(der: item.0, fingerprint: item.1, isLeaf: index == 0)
        }
        let evidence = judge(certificates, second)
        let valid = span(around: second, certificates)
        verdicts.withLock { $0.insert(Remembered(evidence: evidence, valid: valid), for: key) }
        return evidence
    }

    private func certificate(der: [UInt8], fingerprint: Fingerprint, isLeaf: Bool) -> Certificate? {
        if isLeaf { return Certificate(der: der, fingerprint: fingerprint) }
        if let known = authorities.withLock({ $0.value(for: fingerprint) }) { return known }
        guard let parsed = Certificate(der: der, fingerprint: fingerprint) else { return nil }
        authorities.withLock { $0.insert(parsed, for: fingerprint) }
        return parsed
    }

    private func judge(_ certificates: [Certificate?], _ second: Int64) -> ChainEvidence {
        let facts = certificates.map { $0?.facts }
        guard let first = certificates.first else {
            return ChainEvidence(
                leaf: nil, certificates: [], problems: [.unknownAuthority],
                verifyError: "the server sent no certificate")
        }
        guard let leaf = first else {
            return ChainEvidence(
                leaf: nil, certificates: facts, problems: [.malformedCertificate],
                verifyError: "the certificate is not well-formed DER")
        }
        let report = PathValidation.run(certificates.compactMap(\.self), store: trustStore, time: second)
        var complaints = Self.complaints(report, store: trustStore)
        if let index = certificates.firstIndex(where: { $0 == nil }) {
            complaints.append(Complaint(.malformedCertificate, "certificate \(index) as sent is not well-formed DER"))
        }
        // The words of the cause that will be preferred; the first found among equals.
        let preferred = complaints.min { $0.finding < $1.finding }
        return ChainEvidence(
            leaf: leaf.facts, certificates: facts, problems: Set(complaints.map(\.finding)),
            verifyError: preferred?.text)
    }

    /// One thing that is wrong, and its words.
    private struct Complaint {
        let finding: Finding
        let text: String

        init(_ finding: Finding, _ text: String) {
            self.finding = finding
            self.text = text
        }
    }

    private static func complaints(_ report: PathReport, store: TrustStore) -> [Complaint] {
        let path = report.path
        var result = report.errors.map { error in
            let subject = error.depth < path.count ? path[error.depth]?.facts.subject : nil
            let finding =
                error.isIssuerGap
                ? (path.last ?? nil).map { IssuerGap.finding(at: $0, trusting: store) } ?? .unknownAuthority
                : error.finding
            return Complaint(finding, error.text(subject: subject))
        }
        for (depth, certificate) in path.enumerated() {
            guard let certificate else { continue }
            if let weakness = certificate.weakness {
                result.append(Complaint(.weakCertificate, "\(weakness) (certificate \(depth) of the path)"))
            }
            if certificate.hasInvalidExtension {
                result.append(
                    Complaint(.malformedCertificate, "invalid or doubled extension (certificate \(depth) of the path)"))
            }
        }
        return result
    }

    /// The largest span around `second` in which no date of a sent certificate or of the trust store is passed.
    /// OpenSSL takes notBefore as the first valid second and notAfter as the first expired one.
    private func span(around second: Int64, _ certificates: [Certificate?]) -> Range<Int64> {
        var lower = Int64.min
        var upper = Int64.max
        let sent = certificates.lazy.compactMap { $0?.boundaries }.joined()
        for boundary in [AnySequence(sent), AnySequence(trustStore.boundaries)].joined() {
            if boundary <= second { lower = max(lower, boundary) } else { upper = min(upper, boundary) }
        }
        return lower..<upper
    }
}
