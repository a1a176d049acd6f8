import CMXOpenSSL
import CensusModel

/// One complaint of path validation.
struct PathError: Hashable, Sendable {
    /// `X509_V_ERR_…`
    let code: Int32
    /// 0 is the leaf, 1 its issuer, and so on.
    let depth: Int
}

/// A certificate of a path.
struct PathStep: Sendable {
    let certificate: Certificate
    /// It comes from the trust store: nothing but its name and key is relied upon (RFC 5280 §6.1.1).
    let isTrusted: Bool
}

/// What `X509_verify_cert` found.
struct PathReport: Sendable {
    /// In the order in which they were found, without doubles; empty only when the path is valid.
    var errors: [PathError] = []
    /// The path that was built, leaf first.
    var path: [PathStep] = []
}

/// Path validation by OpenSSL (RFC 5280 §6) that reports every error instead of the first: the verifier is told to
/// go on after each. Security level 0, purpose and trust "TLS server", no name check.
///
/// Every certificate of the trust store is an anchor, self-signed or not (§6.1.1 d), and a certificate is valid through
/// the very second of its notAfter (§4.1.2.5).
struct PathValidation {
    /// Intermediates of a path at most: as many as a probe keeps beside the leaf. Public paths have three; RFC 5280 §6.1 sets
    /// no limit, Postfix gives up after nine (smtp_tls_scert_verifydepth).
    static let maximumIntermediates: Int32 = 15

    /// The first is validated with the help of the others.
    let sent: [Certificate]
    let store: TrustStore
    /// Unix seconds.
    let time: Int64
    /// Good ones are not checked again, and what is found good is added.
    let signatures: KnownSignatures

    /// What is known of a run, for OpenSSL's callbacks.
    private struct Run {
        var report = PathReport()
        let validation: PathValidation
        /// OpenSSL's own check of signatures and dates.
        let verifySignatures: X509_STORE_CTX_verify_fn
    }

    /// The same validation of other certificates.
    func with(_ certificates: [Certificate]) -> PathValidation {
        PathValidation(sent: certificates, store: store, time: time, signatures: signatures)
    }

    /// Validates with the trusted certificates of `anchors` (`X509_STORE *`), all of which are in `store`.
    /// Anything that keeps the verifier from doing its work is an error in the report: never a valid path.
    func report(anchors: OpaquePointer) -> PathReport {
        defer { ERR_clear_error() }
        guard let leaf = sent.first, let context = Library.newValidation() else { return Self.failed }
        defer { X509_STORE_CTX_free(context) }
        guard let untrusted = cmx_x509_stack_new() else { return Self.failed }
        defer { cmx_x509_stack_free(untrusted) }
        guard sent.dropFirst().allSatisfy({ cmx_x509_stack_push(untrusted, $0.pointer) == 1 }),
            X509_STORE_CTX_init(context, anchors, leaf.pointer, untrusted) == 1,
            X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER) == 1,
            X509_STORE_CTX_set_trust(context, X509_TRUST_SSL_SERVER) == 1,
            let parameters = X509_STORE_CTX_get0_param(context),
            X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_PARTIAL_CHAIN)) == 1
        else { return Self.failed }
        X509_VERIFY_PARAM_set_time(parameters, time_t(time))
        X509_VERIFY_PARAM_set_auth_level(parameters, 0)
        X509_VERIFY_PARAM_set_depth(parameters, Self.maximumIntermediates)
        return verify(context)
    }

    private static let failed = PathReport(errors: [PathError(code: X509_V_ERR_UNSPECIFIED, depth: 0)])

    private func verify(_ context: OpaquePointer) -> PathReport {
        guard let verifySignatures = X509_STORE_CTX_get_verify(context) else { return Self.failed }
        var run = Run(validation: self, verifySignatures: verifySignatures)
        let result = withUnsafeMutablePointer(to: &run) { pointer -> Int32 in
            // The callbacks only run inside X509_verify_cert, so the pointer outlives its use.
            guard X509_STORE_CTX_set_ex_data(context, 0, pointer) == 1 else { return -1 }
            X509_STORE_CTX_set_verify_cb(context, Self.recordAndContinue)
            X509_STORE_CTX_set_verify(context, Self.verifyUnknownSignatures)
            return X509_verify_cert(context)
        }
        var report = run.report
        report.path = path(X509_STORE_CTX_get0_chain(context))
        if report.errors.isEmpty, result != 1 || report.path.isEmpty {
            let code = X509_STORE_CTX_get_error(context)
            report.errors = [PathError(code: code == X509_V_OK ? X509_V_ERR_UNSPECIFIED : code, depth: 0)]
        }
        if result == 1 { remember(report) }
        return report
    }

    /// The certificates of OpenSSL's `chain`.
    private func path(_ chain: OpaquePointer?) -> [PathStep] {
        (0..<cmx_x509_stack_count(chain)).compactMap { index in
            let pointer = cmx_x509_stack_at(chain, index)
            // A leaf that is an anchor itself stays the leaf: its key and signature are looked at like any other's.
            if index == 0 { return sent.first.map { PathStep(certificate: $0, isTrusted: false) } }
            if let trusted = store.certificate(at: pointer) {
                return PathStep(certificate: trusted, isTrusted: true)
            }
            return sent.first { $0.pointer == pointer }.map { PathStep(certificate: $0, isTrusted: false) }
        }
    }

    /// An error at a depth may be of the signature there, or of the key that it was to be checked with.
    private func remember(_ report: PathReport) {
        let authorities = report.path.dropFirst().map(\.certificate)
        guard report.errors.allSatisfy({ $0.depth == 0 }) else { return }
        for (subject, issuer) in zip(authorities, authorities.dropFirst()) {
            signatures.insert(subject, by: issuer)
        }
    }

    /// How many certificates of `path` have to be looked at, from the leaf on: those above signed each other as is known
    /// already, and are valid. Never the leaf alone.
    private func unknownCount(_ path: [PathStep]) -> Int {
        var count = path.count
        while count > 2, path[count - 1].certificate.isValid(at: time),
            signatures.contains(path[count - 2].certificate, by: path[count - 1].certificate)
        {
            count -= 1
        }
        return count
    }
}

// MARK: - What OpenSSL calls

extension PathValidation {
    private static let recordAndContinue: X509_STORE_CTX_verify_cb = { ok, context in
        guard ok != 1, let context else { return ok }
        guard let run = X509_STORE_CTX_get_ex_data(context, 0)?.assumingMemoryBound(to: Run.self) else { return 0 }
        let error = PathError(
            code: X509_STORE_CTX_get_error(context), depth: Int(X509_STORE_CTX_get_error_depth(context)))
        // OpenSSL takes notAfter for the first second after the end.
        let time = run.pointee.validation.time
        if error.code == X509_V_ERR_CERT_HAS_EXPIRED, cmx_ends_at(context, time) == 1 { return 1 }
        if !run.pointee.report.errors.contains(error) { run.pointee.report.errors.append(error) }
        return 1
    }

    /// Has OpenSSL check signatures and dates of the part of the path that is not known yet. To it, an intermediate at the
    /// top is an anchor (X509_V_FLAG_PARTIAL_CHAIN), of which it checks the dates and not the signature.
    private static let verifyUnknownSignatures: X509_STORE_CTX_verify_fn = { context in
        guard let context, let chain = X509_STORE_CTX_get0_chain(context),
            let run = X509_STORE_CTX_get_ex_data(context, 0)?.assumingMemoryBound(to: Run.self)
        else { return -1 }
        let path = run.pointee.validation.path(chain)
        guard path.count == Int(cmx_x509_stack_count(chain)) else { return -1 }
        var known: [OpaquePointer] = []
        for _ in run.pointee.validation.unknownCount(path)..<path.count {
            guard let top = cmx_x509_stack_pop(chain) else { return -1 }
            known.append(top)
        }
        let result = run.pointee.verifySignatures(context)
        for certificate in known.reversed() where cmx_x509_stack_push(chain, certificate) != 1 {
            // Cannot be: the stack has had room for it.
            X509_free(certificate)
            return -1
        }
        return result
    }
}
