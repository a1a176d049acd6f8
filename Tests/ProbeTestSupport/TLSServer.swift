import CMXOpenSSL

/// How a test's TLS server behaves.
public struct TLSServerSettings: Sendable {
    /// What clients are asked for.
    public enum ClientCertificate: Sendable { case notAsked, asked, required }

    /// Lowest protocol version as OpenSSL numbers it, for example `TLS1_2_VERSION`.
    public var minimum = TLS1_VERSION
    /// Highest protocol version.
    public var maximum = TLS1_3_VERSION
    /// An OpenSSL cipher list for TLS 1.2 and below; nil: the default.
    public var ciphers: String?
    /// A list of groups; nil: the default.
    public var groups: String?
    /// A list of signature algorithms; nil: the default.
    public var signatures: String?
    /// Whether clients are asked for a certificate.
    public var clientCertificate = ClientCertificate.notAsked
    /// PEM file of the certificates, leaf first.
    public var chain: String
    /// PEM file of the leaf's key.
    public var key: String
    /// A file of Diffie-Hellman parameters; nil: none.
    public var dhParameters: String?
    /// Bytes stapled as OCSP response; nil: none.
    public var staple: [UInt8]?

    /// The P-256 chain and defaults.
    public init(_ certificates: TestCertificates) {
        chain = certificates.chain
        key = certificates.key
    }
}

/// An OpenSSL server context.
///
/// `@unchecked Sendable`: it is not changed once made, and OpenSSL locks what connections of several threads share in it.
public final class TLSServerContext: @unchecked Sendable {
    /// The `SSL_CTX`.
    public let pointer: OpaquePointer
    private let staple: [UInt8]?

    /// Throws when the settings cannot be met.
    public init(_ settings: TLSServerSettings) throws {
        guard cmx_openssl_start() == 1, let pointer = SSL_CTX_new(TLS_server_method()) else {
            throw TestSupportError("no server context")
        }
        self.pointer = pointer
        staple = settings.staple
        SSL_CTX_set_security_level(pointer, 0)
        // Even level 0 keeps a server from Diffie-Hellman groups under 1024 bits.
        SSL_CTX_set_security_callback(pointer) { _, _, _, _, _, _, _ in 1 }
        guard cmx_ctx_set_versions(pointer, settings.minimum, settings.maximum) == 1,
            SSL_CTX_use_certificate_chain_file(pointer, settings.chain) == 1,
            SSL_CTX_use_PrivateKey_file(pointer, settings.key, SSL_FILETYPE_PEM) == 1,
            SSL_CTX_set_cipher_list(pointer, settings.ciphers ?? "ALL") == 1
        else { throw TestSupportError("server settings refused by OpenSSL: \(settings)") }
        if let groups = settings.groups, cmx_ctx_set_groups(pointer, groups) != 1 {
            throw TestSupportError("groups refused by OpenSSL: \(groups)")
        }
        if let list = settings.signatures, cmx_ctx_set_signatures(pointer, list) != 1 {
            throw TestSupportError("signature algorithms refused by OpenSSL: \(list)")
        }
        askForCertificate(settings.clientCertificate)
        if let file = settings.dhParameters { try useParameters(file) }
        if staple != nil { installStaple() }
    }

    deinit { SSL_CTX_free(pointer) }

    private func askForCertificate(_ demand: TLSServerSettings.ClientCertificate) {
        switch demand {
        case .notAsked: SSL_CTX_set_verify(pointer, SSL_VERIFY_NONE, nil)
        case .asked: SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
        case .required: SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        }
    }

    private func useParameters(_ file: String) throws {
        let bio = BIO_new_file(file, "r")
        defer { BIO_free(bio) }
        guard let parameters = PEM_read_bio_Parameters(bio, nil) else { throw TestSupportError("unreadable: \(file)") }
        guard SSL_CTX_set0_tmp_dh_pkey(pointer, parameters) == 1 else { throw TestSupportError("refused: \(file)") }
    }

    private typealias StatusCallback = @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> CInt

    private func installStaple() {
        let callback: StatusCallback = { connection, argument in
            guard let argument else { return SSL_TLSEXT_ERR_NOACK }
            let staple = Unmanaged<TLSServerContext>.fromOpaque(argument).takeUnretainedValue().staple ?? []
            // OpenSSL frees it.
            let copy = CRYPTO_malloc(staple.count, nil, 0)
            copy?.copyMemory(from: staple, byteCount: staple.count)
            SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_STATUS_REQ_OCSP_RESP, staple.count, copy)
            return SSL_TLSEXT_ERR_OK
        }
        // Set by macros that cast the callback to a function without arguments.
        typealias Untyped = @convention(c) () -> Void
        SSL_CTX_callback_ctrl(pointer, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB, unsafeBitCast(callback, to: Untyped.self))
        SSL_CTX_ctrl(
            pointer, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB_ARG, 0, Unmanaged.passUnretained(self).toOpaque())
    }
}

/// One TLS server connection over memory.
public final class MemoryTLSServer {
    private let context: TLSServerContext
    private let pointer: OpaquePointer
    private let inbound = BIO_new(BIO_s_mem())
    private let outbound = BIO_new(BIO_s_mem())

    /// A server that waits for a client's first flight.
    public init(_ settings: TLSServerSettings) throws {
        context = try TLSServerContext(settings)
        guard let pointer = SSL_new(context.pointer) else { throw TestSupportError("no server connection") }
        self.pointer = pointer
        SSL_set_bio(pointer, inbound, outbound)
        SSL_set_accept_state(pointer)
    }

    deinit { SSL_free(pointer) }

    /// The name that the client asked for by SNI; nil when it sent none.
    public var serverName: String? {
        SSL_get_servername(pointer, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
    }

    /// True when the server's side of the handshake is complete.
    public var isEstablished: Bool { SSL_is_init_finished(pointer) == 1 }

    /// Takes bytes of the client, goes on with the handshake, returns bytes for the client.
    public func exchange(_ bytes: [UInt8]) -> [UInt8] {
        ERR_clear_error()
        BIO_write(inbound, bytes, CInt(bytes.count))
        if !isEstablished { SSL_do_handshake(pointer) }
        return output()
    }

    /// The text that the client sent under TLS, as far as it is there.
    public func read() -> String {
        ERR_clear_error()
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = SSL_read(pointer, &buffer, CInt(buffer.count))
        return String(decoding: buffer.prefix(max(0, Int(count))), as: UTF8.self)
    }

    /// Encrypts text for the client.
    public func write(_ text: String) -> [UInt8] {
        SSL_write(pointer, text, CInt(text.utf8.count))
        return output()
    }

    /// Ends the session with close_notify.
    public func close() -> [UInt8] {
        SSL_shutdown(pointer)
        return output()
    }

    private func output() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: BIO_ctrl_pending(outbound))
        let count = BIO_read(outbound, &buffer, CInt(buffer.count))
        return Array(buffer.prefix(max(0, Int(count))))
    }
}
