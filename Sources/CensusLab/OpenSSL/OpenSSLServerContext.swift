import CMXOpenSSL

/// An OpenSSL server context for what BoringSSL cannot do, or swift-nio-ssl cannot ask it for.
///
/// `@unchecked Sendable`: it is not changed once made, and OpenSSL locks what connections of several threads share in it.
final class OpenSSLServerContext: @unchecked Sendable {
    let pointer: OpaquePointer
    private let staple: [UInt8]?

    /// Throws `LabError` when OpenSSL does not take the chain or the shape.
    init(_ minted: MintedChain, _ shape: SessionShape) throws {
        guard let pointer = SSL_CTX_new(TLS_server_method()) else { throw LabError.openSSL("make a server context") }
        self.pointer = pointer
        staple = minted.staple
        SSL_CTX_set_security_level(pointer, 0)
        // Even level 0 keeps a server from Diffie-Hellman groups under 1024 bits.
        SSL_CTX_set_security_callback(pointer) { _, _, _, _, _, _, _ in 1 }
        let (lowest, highest) = Self.versions(shape.versions)
        guard cmx_ctx_set_versions(pointer, lowest, highest) == 1,
            SSL_CTX_set_cipher_list(pointer, shape.ciphers ?? "ALL") == 1
        else { throw LabError.openSSL("set versions and ciphers") }
        if let signatures = shape.signatures {
            guard cmx_ctx_set_signatures(pointer, signatures) == 1 else { throw LabError.openSSL("set signatures") }
        }
        askForCertificate(shape.clientCertificate)
        try use(minted)
        if let bits = shape.dhBits { try useGroup(bits) }
        if staple != nil { installStaple() }
    }

    deinit { SSL_CTX_free(pointer) }

    private static func versions(_ versions: SessionShape.Versions) -> (CInt, CInt) {
        switch versions {
        case .modern: (TLS1_2_VERSION, TLS1_3_VERSION)
        case .tls12: (TLS1_2_VERSION, TLS1_2_VERSION)
        case .tls11: (TLS1_1_VERSION, TLS1_1_VERSION)
        case .tls10: (TLS1_VERSION, TLS1_VERSION)
        }
    }

    private func askForCertificate(_ demand: SessionShape.ClientCertificate) {
        switch demand {
        case .notAsked: break
        case .asked: SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
        case .demanded: SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        }
    }

    private func use(_ minted: MintedChain) throws {
        for (index, der) in minted.certificates.enumerated() {
            var bytes: UnsafePointer<UInt8>?
            let certificate = der.withUnsafeBufferPointer { buffer in
                bytes = buffer.baseAddress
                return d2i_X509(nil, &bytes, buffer.count)
            }
            defer { X509_free(certificate) }
            let used =
                index == 0
                ? SSL_CTX_use_certificate(pointer, certificate) : cmx_ctx_add_chain_certificate(pointer, certificate)
            guard used == 1 else { throw LabError.openSSL("use certificate \(index)") }
        }
        var bytes: UnsafePointer<UInt8>?
        let key = minted.key.withUnsafeBufferPointer { buffer in
            bytes = buffer.baseAddress
            return d2i_AutoPrivateKey(nil, &bytes, buffer.count)
        }
        defer { EVP_PKEY_free(key) }
        guard SSL_CTX_use_PrivateKey(pointer, key) == 1 else { throw LabError.openSSL("use a private key") }
    }

    /// The well-known groups of 1024 and 2048 bits (RFC 2409 §6.2, RFC 3526 §3); any other size with a prime of our own.
    private func useGroup(_ bits: Int) throws {
        let prime = BN_new()
        defer { BN_free(prime) }
        switch bits {
        case 2048: BN_get_rfc3526_prime_2048(prime)
        case 1024: BN_get_rfc2409_prime_1024(prime)
        default: BN_generate_prime_ex(prime, CInt(bits), 0, nil, nil, nil)
        }
        var modulus = [UInt8](repeating: 0, count: bits / 8)
        guard BN_bn2bin(prime, &modulus) == modulus.count else { throw LabError.openSSL("make a group") }
        // PKCS #3 DHParameter: SEQUENCE { prime, base 2 }.
        let integer = DERBytes.integer([0] + modulus)
        let parameters = DERBytes.sequence(integer + DERBytes.integer([2]))
        var bytes: UnsafePointer<UInt8>?
        let group = parameters.withUnsafeBufferPointer { buffer in
            bytes = buffer.baseAddress
            return d2i_KeyParams(EVP_PKEY_DH, nil, &bytes, buffer.count)
        }
        // The context takes the group when it accepts it.
        guard SSL_CTX_set0_tmp_dh_pkey(pointer, group) == 1 else {
            EVP_PKEY_free(group)
            throw LabError.openSSL("use a group of \(bits) bits")
        }
    }

    private func installStaple() {
        let give: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> CInt = { connection, argument in
            guard let argument else { return SSL_TLSEXT_ERR_NOACK }
            let staple = Unmanaged<OpenSSLServerContext>.fromOpaque(argument).takeUnretainedValue().staple ?? []
            return cmx_staple(connection, staple, staple.count) == 1 ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK
        }
        // Every connection keeps this object alive, so the argument outlives its use.
        cmx_ctx_set_staple_callback(pointer, give, Unmanaged.passUnretained(self).toOpaque())
    }
}
