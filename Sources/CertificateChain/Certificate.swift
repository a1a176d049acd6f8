import CMXOpenSSL
import CensusModel

/// One parsed certificate and everything that is read from it, so that it is parsed once.
///
/// @unchecked: the X509 is only read after `init`, and OpenSSL fills its extension cache under the object's own lock.
final class Certificate: @unchecked Sendable {
    /// `X509 *`, owned.
    let pointer: OpaquePointer
    let facts: CertificateFacts
    /// Unix seconds of notBefore and notAfter, as far as they can be read: the moments at which a verdict may change.
    let boundaries: [Int64]
    /// Why the key or the signature is too weak to prove anything; nil when they are not.
    let weakness: String?
    /// An extension is not what its syntax allows, or occurs twice (RFC 5280 §4.2).
    let hasInvalidExtension: Bool

    /// Nil when `der` is not exactly one well-formed certificate: nothing may follow it.
    convenience init?(der: [UInt8], fingerprint: Fingerprint) {
        defer { ERR_clear_error() }
        let parsed = der.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var cursor = buffer.baseAddress
            guard let certificate = d2i_X509(nil, &cursor, buffer.count) else { return nil }
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
        boundaries = [facts.notBefore, facts.notAfter].compactMap { $0.map { Int64($0.timeIntervalSince1970) } }
        weakness = Strength.weakness(of: certificate, facts: facts)
        hasInvalidExtension = X509_get_extension_flags(certificate) & UInt32(EXFLAG_INVALID) != 0
    }

    deinit { X509_free(pointer) }
}
