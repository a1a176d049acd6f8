import CMXKeyReading
import CMXOpenSSL

/// The library context in which certificates are read and paths validated.
enum Library {
    /// Nil when it cannot be made: OpenSSL's own context then does the same work, slower.
    ///
    /// nonisolated(unsafe): made once and never freed; OpenSSL locks what threads share in it.
    private nonisolated(unsafe) static let context: OpaquePointer? = cmx_library_context_new()

    /// An empty `X509` to read a certificate into; nil when out of memory. The caller owns it.
    static func newCertificate() -> OpaquePointer? { X509_new_ex(context, nil) }

    /// A context for one validation; nil when out of memory. The caller owns it.
    static func newValidation() -> OpaquePointer? { X509_STORE_CTX_new_ex(context, nil) }
}
