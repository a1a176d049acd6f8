import CMXOpenSSL
import CensusModel

/// One complaint of path validation.
struct PathError: Hashable, Sendable {
    /// `X509_V_ERR_…`
    let code: Int32
    /// 0 is the leaf, 1 its issuer, and so on.
    let depth: Int
}

/// What `X509_verify_cert` found.
struct PathReport: Sendable {
    /// In the order in which they were found, without doubles; empty only when the path is valid.
    var errors: [PathError] = []
    /// The path that was built, leaf first; nil for a certificate that came from the trust store.
    var path: [Certificate?] = []
}

/// Path validation by OpenSSL (RFC 5280 §6) that reports every error instead of the first: the verifier is told to
/// go on after each. Security level 0, purpose and trust "TLS server", no name check.
enum PathValidation {
    /// Validates the first of `sent` with the help of the others at `time` (Unix seconds).
    /// Anything that keeps the verifier from doing its work is an error in the report: never a valid path.
    static func run(_ sent: [Certificate], store: TrustStore, time: Int64) -> PathReport {
        defer { ERR_clear_error() }
        guard let leaf = sent.first, let context = X509_STORE_CTX_new() else { return failed }
        defer { X509_STORE_CTX_free(context) }
        guard let untrusted = cmx_x509_stack_new() else { return failed }
        defer { cmx_x509_stack_free(untrusted) }
        guard sent.dropFirst().allSatisfy({ cmx_x509_stack_push(untrusted, $0.pointer) == 1 }),
            X509_STORE_CTX_init(context, store.pointer, leaf.pointer, untrusted) == 1,
            X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER) == 1,
            X509_STORE_CTX_set_trust(context, X509_TRUST_SSL_SERVER) == 1,
            let parameters = X509_STORE_CTX_get0_param(context)
        else { return failed }
        X509_VERIFY_PARAM_set_time(parameters, time_t(time))
        X509_VERIFY_PARAM_set_auth_level(parameters, 0)
        return verify(context, sent)
    }

    private static let failed = PathReport(errors: [PathError(code: X509_V_ERR_UNSPECIFIED, depth: 0)])

    private static func verify(_ context: OpaquePointer, _ sent: [Certificate]) -> PathReport {
        var report = PathReport()
        let result = withUnsafeMutablePointer(to: &report) { pointer -> Int32 in
            // The callback only runs inside X509_verify_cert, so the pointer outlives its use.
            guard X509_STORE_CTX_set_ex_data(context, 0, pointer) == 1 else { return -1 }
            X509_STORE_CTX_set_verify_cb(context, recordAndContinue)
            return X509_verify_cert(context)
        }
        let chain = X509_STORE_CTX_get0_chain(context)
        report.path = (0..<cmx_x509_stack_count(chain)).map { index in
            let pointer = cmx_x509_stack_at(chain, index)
            return sent.first { $0.pointer == pointer }
        }
        if report.errors.isEmpty, result != 1 || report.path.isEmpty {
            let code = X509_STORE_CTX_get_error(context)
            report.errors = [PathError(code: code == X509_V_OK ? X509_V_ERR_UNSPECIFIED : code, depth: 0)]
        }
        return report
    }

    private static let recordAndContinue: X509_STORE_CTX_verify_cb = { ok, context in
        guard ok != 1, let context else { return ok }
        guard let report = X509_STORE_CTX_get_ex_data(context, 0)?.assumingMemoryBound(to: PathReport.self) else {
            return 0
        }
        let error = PathError(
            code: X509_STORE_CTX_get_error(context), depth: Int(X509_STORE_CTX_get_error_depth(context)))
        if !report.pointee.errors.contains(error) { report.pointee.errors.append(error) }
        return 1
    }
}
