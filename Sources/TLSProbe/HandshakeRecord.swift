import CMXOpenSSL
import CensusModel

/// What passes by in a handshake: the chain exactly as sent, requests for a client certificate, alerts.
///
/// Filled by OpenSSL's message callback, which sees each message before OpenSSL judges it: so the chain is kept even
/// when OpenSSL cannot read a certificate and breaks off.
final class HandshakeRecord {
    /// DER, leaf first.
    private(set) var chain: [[UInt8]] = []
    private(set) var clientCertificateRequested = false
    /// The newest handshake message received.
    private(set) var step = HandshakeStep.clientHello
    /// Number of the fatal alert received (RFC 8446 §6.2).
    private(set) var alertReceived: UInt8?
    /// Number of the alert that OpenSSL sent: its own opinion of what went wrong.
    private(set) var alertSent: UInt8?

    /// The argument of the callback must be an unretained `HandshakeRecord` that outlives the connection.
    static let callback:
        @convention(c) (CInt, CInt, CInt, UnsafeRawPointer?, Int, OpaquePointer?, UnsafeMutableRawPointer?) -> Void = {
            sent, version, type, bytes, count, _, argument in
            guard type == SSL3_RT_HANDSHAKE || type == SSL3_RT_ALERT, let argument else { return }
            let record = Unmanaged<HandshakeRecord>.fromOpaque(argument).takeUnretainedValue()
            let message = UnsafeRawBufferPointer(start: bytes, count: count)
            if type == SSL3_RT_ALERT {
                record.alert(message, sent: sent != 0)
            } else if sent == 0 {
                record.message(message, isTLS13: version == TLS1_3_VERSION)
            }
        }

    private func alert(_ message: UnsafeRawBufferPointer, sent: Bool) {
        guard message.count == 2, message[1] != SSL_AD_CLOSE_NOTIFY else { return }
        if sent {
            alertSent = message[1]
        } else if message[0] == SSL3_AL_FATAL || message[1] == SSL_AD_CERTIFICATE_REQUIRED {
            alertReceived = message[1]
        }
    }

    private func message(_ message: UnsafeRawBufferPointer, isTLS13: Bool) {
        guard message.count >= 4 else { return }
        let type = CInt(message[0])
        if let reached = Self.steps[type] { step = reached }
        switch type {
        case SSL3_MT_CERTIFICATE:
            chain = CertificateMessage.certificates(UnsafeRawBufferPointer(rebasing: message[4...]), isTLS13: isTLS13)
        case SSL3_MT_CERTIFICATE_REQUEST:
            clientCertificateRequested = true
        default:
            break
        }
    }
}

extension HandshakeRecord {
    /// Message types (RFC 8446 §4, RFC 5246 §7.4, RFC 6066 §8). What comes after the handshake is none of its steps.
    fileprivate static let steps: [CInt: HandshakeStep] = [
        SSL3_MT_SERVER_HELLO: .serverHello, SSL3_MT_ENCRYPTED_EXTENSIONS: .encryptedExtensions,
        SSL3_MT_CERTIFICATE: .certificate, SSL3_MT_CERTIFICATE_STATUS: .certificateStatus,
        SSL3_MT_SERVER_KEY_EXCHANGE: .serverKeyExchange, SSL3_MT_CERTIFICATE_REQUEST: .certificateRequest,
        SSL3_MT_SERVER_DONE: .serverHelloDone, SSL3_MT_CERTIFICATE_VERIFY: .certificateVerify,
        SSL3_MT_FINISHED: .finished,
    ]
}

/// The body of a Certificate message (RFC 5246 §7.4.2, RFC 8446 §4.4.2).
enum CertificateMessage {
    /// Certificates kept at most. No honest chain is longer.
    static let limit = 16

    /// The certificates as far as the message can be read, at most `limit`; empty certificates are left out.
    static func certificates(_ body: UnsafeRawBufferPointer, isTLS13: Bool) -> [[UInt8]] {
        var reader = Reader(bytes: body)
        // TLS 1.3 puts a request context first, empty for a server's certificate.
        if isTLS13, reader.vector(lengthBytes: 1) == nil { return [] }
        guard let entries = reader.vector(lengthBytes: 3) else { return [] }
        var list = Reader(bytes: entries)
        var found: [[UInt8]] = []
        while found.count < limit, let certificate = list.vector(lengthBytes: 3) {
            if !certificate.isEmpty { found.append(Array(certificate)) }
            // In TLS 1.3 each certificate has extensions.
            if isTLS13, list.vector(lengthBytes: 2) == nil { break }
        }
        return found
    }

    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        var offset = 0

        /// Reads bytes that are preceded by their length; nil when they are not all there.
        mutating func vector(lengthBytes: Int) -> UnsafeRawBufferPointer? {
            guard bytes.count - offset >= lengthBytes else { return nil }
            let length = bytes[offset..<offset + lengthBytes].reduce(0) { $0 << 8 | Int($1) }
            let start = offset + lengthBytes
            guard bytes.count - start >= length else { return nil }
            offset = start + length
            return UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
        }
    }
}
