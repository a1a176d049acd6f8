import CMXOpenSSL
import CensusModel
import NIOCore

/// One TLS session as a client, between byte buffers. Use on the event loop of its context only.
///
/// The user feeds what comes from the peer, calls `handshake` until it is settled, then `read` and `write`, and after
/// each of these sends what `takeOutput` returns.
public final class TLSSession {
    /// How far the handshake is.
    public enum Progress: Hashable, Sendable {
        case needsInput
        case established
        case failed(HandshakeFailure)
    }

    /// What a read found.
    public enum Reading: Hashable, Sendable {
        case data(ByteBuffer)
        case needsInput
        /// The peer ended the session in an orderly way (close_notify, RFC 8446 §6.1).
        case closed
        case failed(HandshakeFailure)
    }

    private let pointer: OpaquePointer
    private let buffers = ByteBufferBIO()
    private let record = HandshakeRecord()
    private var firstBytes = FirstBytes()
    /// Keeps the library context alive.
    private let context: TLSContext

    /// A session that asks for `host` by SNI (RFC 6066 §3: without final dot, which a `DomainName` never has); nil: no SNI.
    public init(context: TLSContext, host: DomainName?) throws(TLSProbeError) {
        ERR_clear_error()
        guard let pointer = SSL_new(context.pointer) else { throw TLSProbeError("make a TLS session") }
        self.context = context
        self.pointer = pointer
        guard let bio = buffers.makeBIO() else { throw TLSProbeError("make a BIO") }
        // One BIO for both directions: the session takes the one reference.
        SSL_set_bio(pointer, bio, bio)
        SSL_set_connect_state(pointer)
        // The record lives as long as this object, and the connection is freed in `deinit`.
        cmx_set_message_argument(pointer, Unmanaged.passUnretained(record).toOpaque())
        if let host, cmx_set_server_name(pointer, host.text) != 1 { throw TLSProbeError("set the server name") }
    }

    deinit { SSL_free(pointer) }

    /// The certificates as sent, leaf first, DER; also after a failed handshake, as far as they came. At most 16
    /// certificates and 128 KiB.
    public var chain: [[UInt8]] { record.chain }

    /// How far the handshake got.
    public var step: HandshakeStep { record.step }

    /// Takes bytes from the peer.
    public func feed(_ bytes: ByteBuffer) {
        firstBytes.look(at: bytes)
        if buffers.inbound.readableBytes == 0 {
            buffers.inbound = bytes
        } else {
            var bytes = bytes
            buffers.inbound.writeBuffer(&bytes)
        }
    }

    /// Goes as far as the bytes fed so far allow.
    public func handshake() -> Progress {
        if firstBytes.areNotTLS { return .failed(.notTLS) }
        ERR_clear_error()
        let result = SSL_do_handshake(pointer)
        if result == 1 { return .established }
        switch SSL_get_error(pointer, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .needsInput
        case SSL_ERROR_ZERO_RETURN: return .failed(.closed)
        default: return .failed(HandshakeFailure(queueOf: record))
        }
    }

    /// Decrypts what was fed; call again until it returns anything but data.
    public func read() -> Reading {
        ERR_clear_error()
        var result: CInt = 0
        // A new allocation only when the user still holds what was read last.
        context.plaintext.clear(minimumCapacity: 4096)
        context.plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: 4096) { target in
            result = SSL_read(pointer, target.baseAddress, CInt(target.count))
            return max(0, Int(result))
        }
        if result > 0 { return .data(context.plaintext) }
        switch SSL_get_error(pointer, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .needsInput
        case SSL_ERROR_ZERO_RETURN: return .closed
        default: return .failed(HandshakeFailure(queueOf: record))
        }
    }

    /// Encrypts `text`; false when the session cannot be written to any more.
    public func write(_ text: String) -> Bool {
        ERR_clear_error()
        var text = text
        return text.withUTF8 { SSL_write(pointer, $0.baseAddress, CInt($0.count)) } > 0
    }

    /// Ends our side of an established session with close_notify.
    public func close() {
        ERR_clear_error()
        SSL_shutdown(pointer)
    }

    /// Everything that is to be sent to the peer; nil when there is nothing.
    public func takeOutput() -> ByteBuffer? {
        guard buffers.outbound.readableBytes > 0 else { return nil }
        defer { buffers.outbound = ByteBuffer() }
        return buffers.outbound
    }

    /// Parameters of the session; nil before it is established.
    public var parameters: TLSParameters? {
        guard SSL_is_init_finished(pointer) == 1, let cipher = SSL_get_current_cipher(pointer) else { return nil }
        let exchange = SSL_CIPHER_get_kx_nid(cipher)
        return TLSParameters(
            version: String(cString: SSL_get_version(pointer)),
            cipher: String(cString: SSL_CIPHER_standard_name(cipher)),
            group: group(exchange),
            cipherBits: Int(SSL_CIPHER_get_bits(cipher, nil)),
            dhBits: diffieHellmanBits,
            signatureDigest: signatureDigest,
            forwardSecrecy: [NID_kx_any, NID_kx_ecdhe, NID_kx_dhe].contains(exchange),
            clientCertificateRequested: record.clientCertificateRequested,
            ocspStaple: staple)
    }

    private func group(_ exchange: CInt) -> String? {
        switch exchange {
        // Finite fields before TLS 1.3 have no name: the server sends its own.
        case NID_kx_dhe: "dhe-\(cmx_ephemeral_dh_bits(pointer))"
        case NID_kx_any, NID_kx_ecdhe: cmx_group_name(pointer).map { String(cString: $0).lowercased() }
        default: nil
        }
    }

    private var diffieHellmanBits: Int? {
        let bits = cmx_ephemeral_dh_bits(pointer)
        return bits > 0 ? Int(bits) : nil
    }

    private var signatureDigest: String? {
        let digest = cmx_signature_digest(pointer)
        guard digest != NID_undef else { return nil }
        return OBJ_nid2sn(digest).map { String(cString: $0) }
    }

    private var staple: [UInt8]? {
        var bytes: UnsafePointer<UInt8>?
        let count = cmx_ocsp_response(pointer, &bytes)
        guard count > 0, count <= TLSContext.chainLimit, let bytes else { return nil }
        return Array(UnsafeBufferPointer(start: bytes, count: count))
    }
}

@available(*, unavailable, message: "bound to one event loop")
extension TLSSession: Sendable {}

/// The first two bytes of the server: they tell a TLS record (RFC 8446 §5.1) from anything else, plaintext above all.
private struct FirstBytes {
    private(set) var areNotTLS = false
    private var seen = 0

    mutating func look(at bytes: ByteBuffer) {
        for byte in bytes.readableBytesView.prefix(2 - min(seen, 2)) {
            let fits = seen == 0 ? byte == SSL3_RT_HANDSHAKE || byte == SSL3_RT_ALERT : byte == SSL3_VERSION_MAJOR
            if !fits { areNotTLS = true }
            seen += 1
        }
    }
}
