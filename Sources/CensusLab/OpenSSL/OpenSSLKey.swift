import CMXOpenSSL
import NIOConcurrencyHelpers

/// A private key of a kind that swift-crypto does not make: RSA of any size, and curves, by OpenSSL.
///
/// `@unchecked Sendable`: the key is not changed once made, and OpenSSL counts its references with atomics.
final class OpenSSLKey: @unchecked Sendable {
    let pointer: OpaquePointer

    private init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { EVP_PKEY_free(pointer) }

    private static let made = NIOLockedValueBox<[KeyKind: OpenSSLKey]>([:])

    /// The key of that kind of this process; made at the first call, which takes up to a second or two (RSA-4096).
    static func of(_ kind: KeyKind) throws -> OpenSSLKey {
        try made.withLockedValue { keys in
            if let known = keys[kind] { return known }
            let key = try make(kind)
            keys[kind] = key
            return key
        }
    }

    private static func make(_ kind: KeyKind) throws -> OpenSSLKey {
        let algorithm =
            switch kind {
            case .rsa: "RSA"
            case .ed25519: "ED25519"
            case .curve, .p256: "EC"
            }
        let context = EVP_PKEY_CTX_new_from_name(nil, algorithm, nil)
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, configure(context, kind), EVP_PKEY_keygen(context, &key) == 1, let key
        else { throw LabError.openSSL("make a key (\(kind))") }
        return OpenSSLKey(key)
    }

    private static func configure(_ context: OpaquePointer?, _ kind: KeyKind) -> Bool {
        switch kind {
        case .rsa(let bits): EVP_PKEY_CTX_set_rsa_keygen_bits(context, CInt(bits)) == 1
        case .curve(let name): EVP_PKEY_CTX_set_group_name(context, name) == 1
        case .p256: EVP_PKEY_CTX_set_group_name(context, "P-256") == 1
        case .ed25519: true
        }
    }

    /// DER of the SubjectPublicKeyInfo (RFC 5280 §4.1).
    var publicKeyInfo: [UInt8] { Self.encoded { i2d_PUBKEY(pointer, $0) } }

    /// DER of the private key, as `d2i_AutoPrivateKey` takes it.
    var derRepresentation: [UInt8] { Self.encoded { i2d_PrivateKey(pointer, $0) } }

    private static func encoded(_ encode: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> CInt) -> [UInt8] {
        let count = max(0, Int(encode(nil)))
        return Array(unsafeUninitializedCapacity: count) { buffer, written in
            var target = buffer.baseAddress
            written = max(0, Int(encode(&target)))
        }
    }

    /// A signature by this key over the digest `digest` (as OpenSSL names it) of `bytes`.
    func signature(for bytes: [UInt8], digest: String) throws -> [UInt8] {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        var count = 0
        guard EVP_DigestSignInit(context, nil, EVP_get_digestbyname(digest), nil, pointer) == 1,
            EVP_DigestSign(context, nil, &count, bytes, bytes.count) == 1
        else { throw LabError.openSSL("sign with \(digest)") }
        var signature = [UInt8](repeating: 0, count: count)
        guard EVP_DigestSign(context, &signature, &count, bytes, bytes.count) == 1 else {
            throw LabError.openSSL("sign with \(digest)")
        }
        return Array(signature.prefix(count))
    }
}

extension LabError {
    /// OpenSSL could not do its part: with its newest reason. Empties this thread's error queue.
    static func openSSL(_ action: String) -> LabError {
        let reason = ERR_reason_error_string(ERR_peek_last_error()).map { String(cString: $0) } ?? "no reason given"
        ERR_clear_error()
        return .configuration("OpenSSL cannot \(action): \(reason)")
    }
}
