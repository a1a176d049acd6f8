import CensusModel

// Hosts that say 220 to STARTTLS and then play with the bytes of the handshake: no TLS library stands behind them.
extension Behaviour {
    static let rawHandshakeFamily = [
        handshakeHTTP, handshakeReset, handshakeSilent, handshakeUnrecognizedName, handshakeLateAlert,
        handshakeLateClosed, handshakeLateReset, handshakeLateSilent, handshakeMalformedRecord,
        handshakeMalformedMessage, handshakeLongRecord, handshakeEndless, sslv3Only, malformedCertificate,
    ]

    static let handshakeHTTP = broken(
        "handshake-http", "Says 220 to STARTTLS, then answers the ClientHello in HTTP.", .notTLS,
        [.reply("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n"), .close],
        reference: "RFC 3207 §4")

    static let handshakeReset = broken(
        "handshake-reset", "Says 220 to STARTTLS, then resets the connection at the ClientHello.", .reset, [.reset],
        reference: "RFC 9293 §3.10.7")

    static let handshakeSilent = broken(
        "handshake-silent", "Says 220 to STARTTLS, then never answers the ClientHello.", .timeout, [.silence],
        reference: "RFC 3207 §4.1")

    static let handshakeUnrecognizedName = broken(
        "handshake-unrecognized-name", "Answers the ClientHello with the alert unrecognized_name (112).", .alert(112),
        [alert(112), .close], reference: "RFC 6066 §3")

    static let handshakeLateAlert = broken(
        "handshake-late-alert", "Sends ServerHello and Certificate, then the alert internal_error (80).", .alert(80),
        [.serverHello, .certificates(.good), alert(80), .close], reference: "RFC 5246 §7.2.2")

    static let handshakeLateClosed = broken(
        "handshake-late-closed", "Sends ServerHello and Certificate, then closes.", .closed,
        [.serverHello, .certificates(.good), .close], reference: "RFC 5246 §7.2.1")

    static let handshakeLateReset = broken(
        "handshake-late-reset", "Sends ServerHello and Certificate, then resets the connection.", .reset,
        [.serverHello, .certificates(.good), .pause(.portion), .reset], reference: "RFC 9293 §3.10.7")

    static let handshakeLateSilent = broken(
        "handshake-late-silent", "Sends ServerHello and Certificate, then nothing more.", .timeout,
        [.serverHello, .certificates(.good), .silence], reference: "RFC 3207 §4.1")

    static let handshakeMalformedRecord = broken(
        "handshake-malformed-record", "Sends a ServerHello, then a record of a type that does not exist.", .malformed,
        [.serverHello, .raw([99, 3, 3, 0, 4, 1, 2, 3, 4]), .silence], reference: "RFC 5246 §6.2.1")

    static let handshakeMalformedMessage = broken(
        "handshake-malformed-message", "Sends a ServerHello whose session identifier is longer than the message.",
        .malformed, [.raw(RawTLS.serverHelloWithLongSession), .silence], reference: "RFC 5246 §7.4.1.3")

    static let handshakeLongRecord = broken(
        "handshake-long-record", "Sends a record that is longer than any may be.", .malformed,
        [.raw([22, 3, 3, 0xff, 0xff] + Array(repeating: 0, count: 2048)), .silence], reference: "RFC 5246 §6.2.1")

    static let handshakeEndless = broken(
        "handshake-endless", "Sends a ServerHello, then a HelloRequest from time to time without end.", .timeout,
        [.serverHello, .dripForever("\u{16}\u{3}\u{3}\u{0}\u{4}\u{0}\u{0}\u{0}\u{0}")], reference: "RFC 5246 §7.4.1.1")

    static let sslv3Only = broken(
        "sslv3-only", "Answers with a ServerHello for SSL 3.0, the only version it knows.", .noCommonVersion,
        [.raw(RawTLS.serverHello(version: 0, cipher: 0x0035)), .silence], reference: "RFC 7568 §3",
        advice: "SSL 3.0 must not be used: no version in common.")

    static let malformedCertificate = Behaviour(
        "malformed-certificate", "Sends a ServerHello and a certificate that is no DER.",
        reference: "RFC 5280 §4.1", advice: "Nobody can read the certificate, so nobody can finish the handshake.",
        expect: .outcome(.malformedCertificate, starttls: true, findings: [.malformedCertificate]),
        script: .afterHello(.serverHello, .certificates(.malformed), .silence))

    private static func broken(
        _ name: String, _ summary: String, _ failure: HandshakeFailure, _ moves: [Move], reference: String,
        advice: String = "STARTTLS is offered and broken."
    ) -> Behaviour {
        Behaviour(
            name, summary, reference: reference, advice: advice,
            expect: .outcome(.handshakeFailed, starttls: true, handshake: failure),
            script: Script(starttls: [.reply("220 2.0.0 Ready to start TLS"), .awaitBytes] + moves))
    }
}

/// Handshake messages of TLS 1.2 in the clear (RFC 5246 §7.4), as bytes.
enum RawTLS {
    /// TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, which every client has.
    static let usualCipher: UInt16 = 0xc02b
    private static let recordLimit = 16_384

    /// A ServerHello without extensions for version 3.`version`.
    static func serverHello(version: UInt8, cipher: UInt16) -> [UInt8] {
        records(
            message(2, [3, version] + random + [0, UInt8(cipher >> 8), UInt8(cipher & 0xff), 0]), version: version)
    }

    /// Claims a session identifier of 200 bytes, of which there are two.
    static let serverHelloWithLongSession = records(message(2, [3, 3] + random + [200, 1, 2]), version: 3)

    /// A Certificate message with these certificates.
    static func certificate(_ chain: [[UInt8]]) -> [UInt8] {
        let list = chain.flatMap { length($0.count) + $0 }
        return records(message(11, length(list.count) + list), version: 3)
    }

    /// Neither that of a HelloRetryRequest nor one that speaks of a downgrade (RFC 8446 §4.1.3).
    private static let random = Array("the lab's own random, 32 bytes !".utf8)

    private static func message(_ type: UInt8, _ body: [UInt8]) -> [UInt8] { [type] + length(body.count) + body }

    private static func length(_ count: Int) -> [UInt8] {
        [UInt8(count >> 16 & 0xff), UInt8(count >> 8 & 0xff), UInt8(count & 0xff)]
    }

    private static func records(_ message: [UInt8], version: UInt8) -> [UInt8] {
        stride(from: 0, to: message.count, by: recordLimit).flatMap { start in
            let part = message[start..<min(start + recordLimit, message.count)]
            return [22, 3, version, UInt8(part.count >> 8), UInt8(part.count & 0xff)] + part
        }
    }
}
