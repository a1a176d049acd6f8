import CMXOpenSSL
import CensusModel
import NIOCore
import ProbeTestSupport
import Testing

@testable import TLSProbe

@Suite("Handshake failures by name")
struct FailureTests {
    /// A TLS record with an alert (RFC 8446 §6).
    private func alert(level: UInt8 = 2, _ number: UInt8) -> [UInt8] { [21, 3, 3, 0, 2, level, number] }

    @Test(
        "An alert is told by its number",
        arguments: [
            (40, .alert(40)), (80, .alert(80)), (112, .alert(112)), (48, .alert(48)), (70, .noCommonVersion),
            (71, .noCommonCipher), (116, .clientCertificateRequired),
        ] as [(UInt8, HandshakeFailure)])
    func alerts(number: UInt8, failure: HandshakeFailure) throws {
        let pair = try Handshakes()
        _ = pair.client.handshake()
        #expect(pair.deliver(alert(number)) == .failed(failure))
    }

    @Test(
        "What is no TLS record is told apart at its first bytes",
        arguments: ["500 what\r\n", "HTTP/1.1 400 Bad Request\r\n", "\u{16}x", "\u{80}\u{2e}\u{1}"])
    func notTLS(text: String) throws {
        let pair = try Handshakes()
        _ = pair.client.handshake()
        #expect(pair.deliver(Array(text.utf8)) == .failed(.notTLS))
        var bytewise = try Handshakes()
        bytewise.portion = 1
        _ = bytewise.client.handshake()
        #expect(bytewise.deliver(Array(text.utf8)) == .failed(.notTLS))
    }

    @Test("A server of another cipher suite sends handshake_failure")
    func noSharedCipher() throws {
        let pair = try Handshakes {
            $0.maximum = TLS1_2_VERSION
            $0.ciphers = "aNULL"
        }
        #expect(pair.run() == .failed(.alert(40)))
    }

    @Test("A version that we do not speak", arguments: [(3, 0), (3, 9)] as [(UInt8, UInt8)])
    func unknownVersion(major: UInt8, minor: UInt8) throws {
        var pair = try Handshakes { $0.maximum = TLS1_2_VERSION }
        // The version in a ServerHello follows the record header (5) and the message header (4).
        pair.tamper = { bytes in
            var bytes = bytes
            bytes[9] = major
            bytes[10] = minor
            return bytes
        }
        #expect(pair.run() == .failed(.noCommonVersion))
    }

    @Test("A Diffie-Hellman group that is too small")
    func weakDH() throws {
        let certificates = try TestCertificates.shared()
        let pair = try Handshakes {
            $0.maximum = TLS1_2_VERSION
            $0.ciphers = "DHE-RSA-AES256-SHA"
            $0.chain = certificates.rsaChain
            $0.key = certificates.rsaKey
            $0.dhParameters = certificates.dh512
        }
        #expect(pair.run() == .failed(.weakDH))
    }

    @Test("TLS 1.2 server that requires a client certificate: handshake_failure after its request")
    func certificateRequired12() throws {
        let pair = try Handshakes {
            $0.maximum = TLS1_2_VERSION
            $0.clientCertificate = .required
        }
        #expect(pair.run() == .failed(.clientCertificateRequired))
        #expect(pair.client.chain.count == 2)
    }

    @Test("TLS 1.3 server that requires a client certificate: our side is done before it says so")
    func certificateRequired13() throws {
        let pair = try Handshakes { $0.clientCertificate = .required }
        #expect(pair.run() == .established)
        #expect(pair.settle() == .failed(.clientCertificateRequired))
    }

    @Test("The same alert without a request is only that alert")
    func handshakeFailureWithoutRequest() throws {
        let pair = try Handshakes()
        _ = pair.client.handshake()
        #expect(pair.deliver(alert(42)) == .failed(.alert(42)))
    }

    @Test("A certificate that OpenSSL cannot read is kept all the same")
    func unreadableCertificate() throws {
        let leaf = try #require(try TestCertificates.der(of: TestCertificates.shared().chain).first)
        var pair = try Handshakes { $0.maximum = TLS1_2_VERSION }
        var broken = leaf
        // Within TBSCertificate: the tag of its first element.
        broken[8] = 0x1f
        pair.tamper = { replacing(leaf, by: broken, in: $0) }
        #expect(pair.run() == .failed(.malformed))
        #expect(pair.client.chain.first == broken)
    }

    @Test("A tampered signature of the key exchange is malformed")
    func tampered() throws {
        var pair = try Handshakes()
        pair.tamper = { bytes in
            var bytes = bytes
            bytes[bytes.count - 1] ^= 1
            return bytes
        }
        #expect(pair.run() == .failed(.malformed))
    }

    @Test("close_notify in place of a ServerHello is a closing")
    func closed() throws {
        let pair = try Handshakes()
        _ = pair.client.handshake()
        let progress = pair.deliver(alert(level: 1, 0))
        #expect(progress == .failed(.closed))
    }

    private func replacing(_ old: [UInt8], by new: [UInt8], in bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= old.count,
            let start = (0...(bytes.count - old.count)).first(where: { bytes[$0...].starts(with: old) })
        else { return bytes }
        return Array(bytes[..<start]) + new + Array(bytes[(start + old.count)...])
    }
}
