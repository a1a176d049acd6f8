import CMXOpenSSL
import CensusModel

/// One parsed certificate and everything that is read from it, so that it is parsed once.
///
/// @unchecked: the X509 is only read after `init`, and OpenSSL fills its extension cache under the object's own lock.
final class Certificate: @unchecked Sendable {
    /// `X509 *`, owned.
    let pointer: OpaquePointer
    let facts: CertificateFacts
    /// Unix seconds; nil when the date is unreadable.
    private let notBefore: Int64?
    private let notAfter: Int64?
    /// Why the key or the signature is too weak to prove anything; nil when they are not.
    let weakness: String?
    /// An extension is not what its syntax allows, or occurs twice (RFC 5280 §4.2).
    let hasInvalidExtension: Bool
    /// The dNSName subtrees that the name constraints exclude (RFC 5280 §4.2.1.10), lower case.
    let excludedNames: [String]

    /// Nil when `der` is not exactly one well-formed certificate: nothing may follow it.
    convenience init?(der: [UInt8], fingerprint: Fingerprint) {
        defer { ERR_clear_error() }
        let parsed = der.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var cursor = buffer.baseAddress
            var certificate = Library.newCertificate()
            guard certificate != nil else { return nil }
            // Returns nil for invalid extensions too, which are judged later; takes away what cannot be read.
            _ = d2i_X509(&certificate, &cursor, buffer.count)
            guard let certificate else { return nil }
            guard cursor == buffer.baseAddress.map({ $0 + buffer.count }) else {
                X509_free(certificate)
                return nil
            }
            return certificate
        }
        guard let parsed else { return nil }
        self.init(owning: parsed, fingerprint: fingerprint)
    }

    /// Takes over the caller's reference to an `X509`.
    init(owning certificate: OpaquePointer, fingerprint: Fingerprint) {
        defer { ERR_clear_error() }
        pointer = certificate
        let facts = CertificateFacts(reading: certificate, fingerprint: fingerprint)
        self.facts = facts
        notBefore = CertificateFacts.second(X509_get0_notBefore(certificate))
        notAfter = CertificateFacts.second(X509_get0_notAfter(certificate))
        weakness = Strength.weakness(of: certificate, facts: facts)
        hasInvalidExtension = X509_get_extension_flags(certificate) & UInt32(EXFLAG_INVALID) != 0
        excludedNames = Self.excludedNames(certificate)
    }

    private static func excludedNames(_ certificate: OpaquePointer) -> [String] {
        guard X509_get_ext_by_NID(certificate, NID_name_constraints, -1) >= 0,
            let constraints = cmx_name_constraints(certificate)
        else { return [] }
        defer { NAME_CONSTRAINTS_free(constraints) }
        return (0..<cmx_excluded_count(constraints)).compactMap { index in
            var length: Int32 = 0
            guard let bytes = cmx_excluded_dns(constraints, index, &length) else { return nil }
            return DistinguishedName.escaped(UnsafeBufferPointer(start: bytes, count: Int(length))).lowercasedASCII
        }
    }

    deinit { X509_free(pointer) }

    /// The first second of validity and the first after it, as far as they can be read: a verdict may change there.
    var boundaries: [Int64] { [notBefore, notAfter.map { $0 + 1 }].compactMap(\.self) }

    /// True from notBefore through notAfter, inclusive (RFC 5280 §4.1.2.5).
    func isValid(at second: Int64) -> Bool {
        guard let notBefore, let notAfter else { return false }
        return notBefore <= second && second <= notAfter
    }
}
