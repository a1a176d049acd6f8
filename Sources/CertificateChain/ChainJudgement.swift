import CMXOpenSSL
import CensusModel

/// The judgement of one parsed chain at one time: a pure function.
struct ChainJudgement: Sendable {
    /// Certificates of a chain that path building looks at, the leaf among them. Paths have four.
    static let maximumCertificates = 40

    let evidence: ChainEvidence
    /// Unix seconds, apart from the dates of the certificates, at which the evidence may change.
    let boundaries: [Int64]

    /// `certificates`: as sent, leaf first, nil where one cannot be parsed. `second`: Unix time. `signatures` change the cost
    /// alone.
    init(
        _ certificates: [Certificate?], staple: [UInt8]?, store: TrustStore, signatures: KnownSignatures, second: Int64
    ) {
        let facts = certificates.map { $0?.facts }
        guard let leaf = certificates.first ?? nil else {
            let isEmpty = certificates.isEmpty
            evidence = ChainEvidence(
                certificates: facts, problems: [isEmpty ? .unknownAuthority : .malformedCertificate],
                verifyError: isEmpty ? "the server sent no certificate" : "the certificate is not well-formed DER",
                staple: staple.map { _ in .invalid("there is no certificate to compare it with") })
            boundaries = []
            return
        }
        var best = JudgedPath.best(
            of: PathValidation(
                sent: Array(certificates.lazy.compactMap(\.self).prefix(Self.maximumCertificates)), store: store,
                time: second, signatures: signatures))
        if let index = certificates.firstIndex(where: { $0 == nil }) {
            best.complaints.append(
                Complaint(.malformedCertificate, "certificate \(index) as sent is not well-formed DER"))
        }
        let report = staple.map { StapleCheck.report($0, leaf: leaf, issuer: best.issuer, second: second) }
        if let report, report.status == .revoked {
            let reason = report.revocation.map { " (\($0))" } ?? ""
            best.complaints.append(Complaint(.revoked, "revoked, says the stapled OCSP response\(reason)"))
        }
        // The words of the cause that will be preferred; the first found among equals.
        let preferred = best.complaints.min { $0.finding < $1.finding }
        evidence = ChainEvidence(
            certificates: facts, problems: best.findings, verifyError: preferred?.text,
            staple: report?.status)
        boundaries = report?.boundaries ?? []
    }
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

/// A path and all that is wrong with it.
private struct JudgedPath {
    let path: [PathStep]
    var complaints: [Complaint]

    var findings: Set<Finding> { Set(complaints.map(\.finding)) }

    /// The certificate that follows the leaf; the leaf itself when it is self-signed; nil when the issuer is not known.
    var issuer: Certificate? {
        path.count > 1
            ? path[1].certificate : path.first.flatMap { $0.certificate.facts.isSelfSigned ? $0.certificate : nil }
    }

    /// The path that OpenSSL finds or, when something is wrong with it, another one with fewer findings.
    static func best(of whole: PathValidation) -> JudgedPath {
        func judge(_ validation: PathValidation, _ anchors: OpaquePointer) -> JudgedPath {
            JudgedPath(validation.report(anchors: anchors), sent: whole.sent, store: whole.store)
        }
        var best = judge(whole, whole.store.pointer)
        guard !best.complaints.isEmpty else { return best }
        let first = best.path.map(\.certificate.pointer)
        var search = PathSearch(whole.sent, store: whole.store, second: whole.time)
        search.paths { certificates, anchor in
            guard certificates.map(\.pointer) + [anchor.pointer] != first, let single = X509_STORE_new() else {
                return true
            }
            defer { X509_STORE_free(single) }
            guard X509_STORE_add_cert(single, anchor.pointer) == 1 else { return true }
            let other = judge(whole.with(certificates), single)
            if other.findings.count < best.findings.count { best = other }
            return !best.complaints.isEmpty
        }
        return best
    }

    private init(_ report: PathReport, sent: [Certificate], store: TrustStore) {
        path = report.path
        complaints = Self.errors(report, sent, store)
        for (depth, step) in path.enumerated() where !step.isTrusted {
            let place = "(certificate \(depth) of the path)"
            if let weakness = step.certificate.weakness {
                complaints.append(Complaint(.weakCertificate, "\(weakness) \(place)"))
            }
            if step.certificate.hasInvalidExtension {
                complaints.append(Complaint(.malformedCertificate, "invalid or doubled extension \(place)"))
            }
        }
        if let name = excludedName {
            complaints.append(
                Complaint(.constraintViolation, "a wildcard of the certificate covers the excluded name \(name)"))
        }
    }

    /// What OpenSSL complained of, without what only follows from another complaint.
    private static func errors(_ report: PathReport, _ sent: [Certificate], _ store: TrustStore) -> [Complaint] {
        let all = Set(report.errors)
        let isTooLong = report.errors.contains { $0.code == X509_V_ERR_CERT_CHAIN_TOO_LONG }
        return report.errors.compactMap { error in
            if error.isIssuerGap { return isTooLong ? nil : gap(error, report, sent, store) }
            // What is no authority is not one for servers either.
            if error.code == X509_V_ERR_INVALID_PURPOSE,
                all.contains(PathError(code: X509_V_ERR_INVALID_CA, depth: error.depth))
            {
                return nil
            }
            return Complaint(error.finding, error.text(subject: subject(error, report)))
        }
    }

    /// The path stops. For OpenSSL, a certificate with an invalid extension neither has an issuer nor is one.
    private static func gap(
        _ error: PathError, _ report: PathReport, _ sent: [Certificate], _ store: TrustStore
    ) -> Complaint? {
        guard let top = report.path.last?.certificate else {
            return Complaint(.unknownAuthority, error.text(subject: nil))
        }
        if top.hasInvalidExtension { return nil }
        if let index = sent.firstIndex(where: { $0.hasInvalidExtension && $0.facts.subject == top.facts.issuer }) {
            return Complaint(.malformedCertificate, "invalid or doubled extension (certificate \(index) as sent)")
        }
        return Complaint(IssuerGap.finding(at: top, trusting: store), error.text(subject: subject(error, report)))
    }

    private static func subject(_ error: PathError, _ report: PathReport) -> String? {
        error.depth < report.path.count ? report.path[error.depth].certificate.facts.subject : nil
    }

    /// An excluded dNSName that a wildcard of the leaf stands for too. `*.example.org` is no name below
    /// `mx.example.org`, so that RFC 5280 §4.2.1.10 alone would let it name a host that its authority must not name.
    private var excludedName: String? {
        guard let leaf = path.first?.certificate else { return nil }
        let excluded = path.dropFirst().flatMap(\.certificate.excludedNames)
        guard !excluded.isEmpty else { return nil }
        let wildcards = leaf.facts.dnsNames.filter { $0.hasPrefix("*.") }.map { $0.dropFirst() }
        return excluded.first { name in
            wildcards.contains { name.hasSuffix($0) && !name.dropLast($0.count).contains(".") }
        }
    }
}
