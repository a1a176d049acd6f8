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
enum PathValidation {
    /// Intermediates of a path at most: as many as a probe keeps beside the leaf. Public paths have three; RFC 5280 §6.1 sets
    /// no limit, Postfix gives up after nine (smtp_tls_scert_verifydepth).
    static let maximumIntermediates: Int32 = 15

    /// What is known of a run, for OpenSSL's callback.
    private struct Run {
        var report = PathReport()
        let time: Int64
    }

    /// Validates the first of `sent` with the help of the others at `time` (Unix seconds), with the trusted
    /// certificates of `anchors` (`X509_STORE *`), all of which are in `store`.
    /// Anything that keeps the verifier from doing its work is an error in the report: never a valid path.
    static func run(_ sent: [Certificate], store: TrustStore, anchors: OpaquePointer, time: Int64) -> PathReport {
        defer { ERR_clear_error() }
        guard let leaf = sent.first, let context = Library.newValidation() else { return failed }
        defer { X509_STORE_CTX_free(context) }
        guard let untrusted = cmx_x509_stack_new() else { return failed }
        defer { cmx_x509_stack_free(untrusted) }
        guard sent.dropFirst().allSatisfy({ cmx_x509_stack_push(untrusted, $0.pointer) == 1 }),
            X509_STORE_CTX_init(context, anchors, leaf.pointer, untrusted) == 1,
            X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER) == 1,
            X509_STORE_CTX_set_trust(context, X509_TRUST_SSL_SERVER) == 1,
            let parameters = X509_STORE_CTX_get0_param(context),
            X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_PARTIAL_CHAIN)) == 1
        else { return failed }
        X509_VERIFY_PARAM_set_time(parameters, time_t(time))
        X509_VERIFY_PARAM_set_auth_level(parameters, 0)
        X509_VERIFY_PARAM_set_depth(parameters, maximumIntermediates)
        return verify(context, sent, store, time)
    }

    private static let failed = PathReport(errors: [PathError(code: X509_V_ERR_UNSPECIFIED, depth: 0)])

    private static func verify(
        _ context: OpaquePointer, _ sent: [Certificate], _ store: TrustStore, _ time: Int64
    ) -> PathReport {
        var run = Run(time: time)
        let result = withUnsafeMutablePointer(to: &run) { pointer -> Int32 in
            // The callback only runs inside X509_verify_cert, so the pointer outlives its use.
            guard X509_STORE_CTX_set_ex_data(context, 0, pointer) == 1 else { return -1 }
            X509_STORE_CTX_set_verify_cb(context, recordAndContinue)
            return X509_verify_cert(context)
        }
        var report = run.report
        let chain = X509_STORE_CTX_get0_chain(context)
        report.path = (0..<cmx_x509_stack_count(chain)).compactMap { index in
            let pointer = cmx_x509_stack_at(chain, index)
            // A leaf that is an anchor itself stays the leaf: its key and signature are looked at like any other's.
            if index == 0 { return sent.first.map { PathStep(certificate: $0, isTrusted: false) } }
            if let trusted = store.certificate(at: pointer) {
                return PathStep(certificate: trusted, isTrusted: true)
            }
            return sent.first { $0.pointer == pointer }.map { PathStep(certificate: $0, isTrusted: false) }
        }
        if report.errors.isEmpty, result != 1 || report.path.isEmpty {
            let code = X509_STORE_CTX_get_error(context)
            report.errors = [PathError(code: code == X509_V_OK ? X509_V_ERR_UNSPECIFIED : code, depth: 0)]
        }
        return report
    }

    private static let recordAndContinue: X509_STORE_CTX_verify_cb = { ok, context in
        guard ok != 1, let context else { return ok }
        guard let run = X509_STORE_CTX_get_ex_data(context, 0)?.assumingMemoryBound(to: Run.self) else { return 0 }
        let error = PathError(
            code: X509_STORE_CTX_get_error(context), depth: Int(X509_STORE_CTX_get_error_depth(context)))
        // OpenSSL takes notAfter for the first second after the end.
        if error.code == X509_V_ERR_CERT_HAS_EXPIRED, cmx_ends_at(context, run.pointee.time) == 1 { return 1 }
        if !run.pointee.report.errors.contains(error) { run.pointee.report.errors.append(error) }
        return 1
    }
}
