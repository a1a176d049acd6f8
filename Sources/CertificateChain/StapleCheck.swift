import CMXOpenSSL
import CensusModel

/// What a stapled OCSP response (RFC 6066 §8) says of a leaf.
struct StapleReport: Sendable {
    let status: StapleStatus
    /// The authority's reason, for people; nil unless the status is `revoked`.
    var revocation: String?
    /// Unix seconds at which the status may change.
    var boundaries: [Int64] = []
}

/// Judges stapled OCSP responses (RFC 6960) at a stated time: no clock, no network.
///
/// A response counts when it is a successful basic response, is signed by the issuer of the leaf or by a responder to
/// which that issuer delegated (§4.2.2.2), speaks of the leaf, and is current.
///
/// - `thisUpdate` may lie up to five minutes ahead: clocks differ.
/// - Without `nextUpdate` newer information is available at any time (§4.2.2.1), and a response that a server hands on
///   would hold for ever: it is taken for one day.
/// - A staple of an issuer that is not trusted is judged too: that is another finding.
enum StapleCheck {
    /// Real responses have 300 to 3,000 bytes.
    static let maximumBytes = 65536
    static let maximumCertificates = 8
    static let skew: Int64 = 300
    static let lifetimeWithoutNextUpdate: Int64 = 86400

    /// `issuer` is the certificate that follows the leaf in the validated path; nil when there is none.
    static func report(_ der: [UInt8], leaf: Certificate, issuer: Certificate?, second: Int64) -> StapleReport {
        defer { ERR_clear_error() }
        do throws(Unproven) {
            let response = try BasicResponse(der)
            guard let issuer else { throw Unproven("the issuer is not known") }
            let entry = try response.entry(for: leaf, issuer: issuer)
            let signer = try response.signer(issuer: issuer)
            return try judge(entry, signer: signer, isDelegate: signer !== issuer, second)
        } catch {
            return StapleReport(status: .invalid(error.reason))
        }
    }

    private static func judge(
        _ entry: BasicResponse.Entry, signer: Certificate, isDelegate: Bool, _ second: Int64
    ) throws(Unproven) -> StapleReport {
        let end = entry.nextUpdate ?? entry.thisUpdate + lifetimeWithoutNextUpdate
        guard entry.thisUpdate <= end else { throw Unproven("it ends before it begins") }
        let start = entry.thisUpdate - skew
        // An issuer's dates are those of the path. A delegate stands for itself.
        let boundaries = [start, end] + (isDelegate ? signer.boundaries : [])
        let report = { StapleReport(status: $0, revocation: $1, boundaries: boundaries) }
        guard !isDelegate || signer.isValid(at: second) else {
            return report(.invalid("the responder's certificate is not valid at that time"), nil)
        }
        guard start <= second, second < end else { return report(.expired, nil) }
        switch entry.status {
        case V_OCSP_CERTSTATUS_GOOD: return report(.good, nil)
        case V_OCSP_CERTSTATUS_REVOKED: return report(.revoked, entry.reason)
        default: return report(.invalid("the responder does not know the certificate"), nil)
        }
    }
}

/// Why a response proves nothing.
struct Unproven: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// A parsed `BasicOCSPResponse` (RFC 6960 §4.2.1); used within one function.
private final class BasicResponse {
    /// What is said of one certificate.
    struct Entry {
        /// `V_OCSP_CERTSTATUS_…`
        let status: Int32
        /// The reason of a revocation, in OpenSSL's words; nil when none is given.
        let reason: String?
        /// Unix seconds.
        let thisUpdate: Int64
        /// Unix seconds; nil when the responder names none.
        let nextUpdate: Int64?
    }

    /// `OCSP_BASICRESP *`, owned.
    private let pointer: OpaquePointer

    init(_ der: [UInt8]) throws(Unproven) {
        guard der.count <= StapleCheck.maximumBytes else { throw Unproven("it has \(der.count) bytes") }
        let parsed = der.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var cursor = buffer.baseAddress
            guard let response = d2i_OCSP_RESPONSE(nil, &cursor, buffer.count) else { return nil }
            guard cursor == buffer.baseAddress.map({ $0 + buffer.count }) else {
                OCSP_RESPONSE_free(response)
                return nil
            }
            return response
        }
        guard let parsed else { throw Unproven("it is no OCSP response") }
        defer { OCSP_RESPONSE_free(parsed) }
        let status = OCSP_response_status(parsed)
        guard status == OCSP_RESPONSE_STATUS_SUCCESSFUL else {
            let words = OCSP_response_status_str(Int(status)).map { String(cString: $0) } ?? "\(status)"
            throw Unproven("the responder did not answer: \(words)")
        }
        guard let basic = OCSP_response_get1_basic(parsed) else { throw Unproven("it is no basic OCSP response") }
        pointer = basic
    }

    deinit { OCSP_BASICRESP_free(pointer) }

    /// The newest entry about `leaf`: serial number and hashes of its issuer's name and key agree.
    func entry(for leaf: Certificate, issuer: Certificate) throws(Unproven) -> Entry {
        var expected: [Int32: OpaquePointer] = [:]
        defer { expected.values.forEach { OCSP_CERTID_free($0) } }
        var newest: Entry?
        for index in 0..<OCSP_resp_count(pointer) {
            guard let single = OCSP_resp_get0(pointer, index), let id = OCSP_SINGLERESP_get0_id(single),
                let (digest, function) = Self.digest(of: id)
            else { continue }
            let ours = expected[digest] ?? OCSP_cert_to_id(function, leaf.pointer, issuer.pointer)
            expected[digest] = ours
            guard let ours, OCSP_id_cmp(ours, id) == 0 else { continue }
            guard cmx_ocsp_has_critical(pointer, single) == 0 else {
                throw Unproven("it has a critical extension that is not understood")
            }
            guard let entry = Self.entry(single) else { throw Unproven("its dates cannot be read") }
            if newest.map({ $0.thisUpdate < entry.thisUpdate }) ?? true { newest = entry }
        }
        guard let newest else { throw Unproven("it is about another certificate") }
        return newest
    }

    /// The certificate whose key made the signature: `issuer`, or one sent with the response to which it delegated.
    func signer(issuer: Certificate) throws(Unproven) -> Certificate {
        if cmx_ocsp_is_responder(pointer, issuer.pointer) == 1, isSigned(by: issuer.pointer) { return issuer }
        let sent = OCSP_resp_get0_certs(pointer)
        var named = cmx_ocsp_is_responder(pointer, issuer.pointer) == 1
        for index in 0..<min(cmx_x509_stack_count(sent), Int32(StapleCheck.maximumCertificates)) {
            guard let delegate = cmx_x509_stack_at(sent, index), cmx_ocsp_is_responder(pointer, delegate) == 1 else {
                continue
            }
            named = true
            guard isSigned(by: delegate) else { continue }
            guard X509_check_issued(issuer.pointer, delegate) == X509_V_OK,
                let key = X509_get0_pubkey(issuer.pointer), X509_verify(delegate, key) == 1
            else { throw Unproven("it is signed by somebody else than the issuer") }
            let flags = X509_get_extension_flags(delegate)
            guard cmx_may_sign_ocsp(delegate) == 1, flags & UInt32(EXFLAG_INVALID | EXFLAG_CRITICAL) == 0 else {
                throw Unproven("its signer may not sign OCSP responses")
            }
            guard X509_up_ref(delegate) == 1 else { throw Unproven("out of memory") }
            return Certificate(owning: delegate, fingerprint: Fingerprint(of: []))
        }
        throw Unproven(named ? "its signature does not verify" : "it is signed by somebody else than the issuer")
    }

    private func isSigned(by certificate: OpaquePointer) -> Bool {
        X509_get0_pubkey(certificate).map { cmx_ocsp_verify(pointer, $0) == 1 } ?? false
    }

    /// The hash function of a CertID; nil when it is none that responders use.
    private static func digest(of id: OpaquePointer) -> (Int32, OpaquePointer)? {
        var algorithm: OpaquePointer?
        guard OCSP_id_get0_info(nil, &algorithm, nil, nil, id) == 1 else { return nil }
        let nid = OBJ_obj2nid(algorithm)
        let function =
            switch nid {
            case NID_sha1: EVP_sha1()
            case NID_sha256: EVP_sha256()
            case NID_sha384: EVP_sha384()
            case NID_sha512: EVP_sha512()
            default: nil as OpaquePointer?
            }
        return function.map { (nid, $0) }
    }

    private static func entry(_ single: OpaquePointer) -> Entry? {
        var reason: Int32 = -1
        var thisUpdate: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
        var nextUpdate: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
        let status = OCSP_single_get0_status(single, &reason, nil, &thisUpdate, &nextUpdate)
        guard status >= 0, let start = CertificateFacts.second(thisUpdate) else { return nil }
        let end = CertificateFacts.second(nextUpdate)
        guard nextUpdate == nil || end != nil else { return nil }
        let words = reason < 0 ? nil : OCSP_crl_reason_str(Int(reason)).map { String(cString: $0) }
        return Entry(status: status, reason: words, thisUpdate: start, nextUpdate: end)
    }
}
