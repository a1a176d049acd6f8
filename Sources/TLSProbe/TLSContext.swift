import CMXOpenSSL
import CensusModel
import NIOCore

/// What all sessions of one event loop share: one `SSL_CTX` in a library context of its own, because loops that share
/// one wait for each other's locks, and one per connection costs more than the handshake saves.
///
/// Set for seeing, not for safety: TLS 1.0 to 1.3, security level 0, every cipher suite with authentication that the
/// library has, and no verification; whatever certificate comes, the handshake goes on. Use on one event loop only.
public final class TLSContext {
    /// X25519 first, which costs least and nearly every server has; then what servers of other tastes need.
    static let groups = "X25519:P-256:P-384:P-521:X448:ffdhe2048:ffdhe3072:ffdhe4096"
    /// Everything with a certificate, suites without encryption last: a server that picks one of those shall be seen.
    static let ciphers = "ALL:!aNULL:!PSK:!SRP:eNULL"
    /// Longest certificate message that is read, in bytes.
    static let chainLimit = 128 * 1024

    let pointer: OpaquePointer
    /// Where every session decrypts to, one after the other: a buffer of its own for each would cost more than the decrypting.
    var plaintext = ByteBuffer()
    private let library: OpaquePointer

    /// Makes a context; throws when OpenSSL lacks memory or a setting.
    public init() throws(TLSProbeError) {
        let library = try LibraryContexts.take()
        guard let pointer = SSL_CTX_new_ex(library, nil, TLS_client_method()) else {
            LibraryContexts.giveBack(library)
            throw TLSProbeError("make a TLS context")
        }
        self.library = library
        self.pointer = pointer
        try configure()
    }

    deinit {
        SSL_CTX_free(pointer)
        LibraryContexts.giveBack(library)
    }

    private func configure() throws(TLSProbeError) {
        SSL_CTX_set_security_level(pointer, 0)
        guard cmx_ctx_set_versions(pointer, TLS1_VERSION, TLS1_3_VERSION) == 1,
            cmx_ctx_set_groups(pointer, Self.groups) == 1,
            SSL_CTX_set_cipher_list(pointer, Self.ciphers) == 1,
            cmx_ctx_request_ocsp(pointer) == 1
        else { throw TLSProbeError("set up a TLS context") }
        cmx_ctx_set_census_options(pointer)
        cmx_ctx_set_frugal(pointer)
        cmx_ctx_set_max_chain(pointer, Self.chainLimit)
        SSL_CTX_set_verify(pointer, SSL_VERIFY_NONE, nil)
        // Without this OpenSSL would build and verify the chain all the same, only to ignore the result.
        SSL_CTX_set_cert_verify_callback(pointer, { _, _ in 1 }, nil)
        SSL_CTX_set_msg_callback(pointer, HandshakeRecord.callback)
    }
}

@available(*, unavailable, message: "bound to one event loop")
extension TLSContext: Sendable {}
