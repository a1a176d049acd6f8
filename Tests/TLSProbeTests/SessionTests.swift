import CMXOpenSSL
import CensusModel
import NIOCore
import ProbeTestSupport
import Testing

@testable import TLSProbe

@Suite("TLS session against an OpenSSL server")
struct SessionTests {
    @Test(
        "Every version from TLS 1.0 to 1.3 is spoken and named",
        arguments: [
            (TLS1_VERSION, "TLSv1"), (TLS1_1_VERSION, "TLSv1.1"), (TLS1_2_VERSION, "TLSv1.2"),
            (TLS1_3_VERSION, "TLSv1.3"),
        ])
    func versions(version: CInt, name: String) throws {
        let pair = try Handshakes {
            $0.minimum = version
            $0.maximum = version
        }
        #expect(pair.run() == .established)
        #expect(pair.client.parameters?.version == name)
        #expect(try pair.client.chain == TestCertificates.der(of: TestCertificates.shared().chain))
    }

    @Test("Parameters of a TLS 1.3 session")
    func parameters13() throws {
        let pair = try Handshakes()
        #expect(pair.client.parameters == nil)
        #expect(pair.run() == .established)
        #expect(
            pair.client.parameters
                == TLSParameters(
                    version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", group: "x25519", cipherBits: 256,
                    signatureDigest: "SHA256", forwardSecrecy: true, clientCertificateRequested: false, ocspStaple: nil)
        )
    }

    @Test(
        "Key exchange, group and forward secrecy of TLS 1.2 suites",
        arguments: [
            ("ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "secp384r1", 128, true),
            ("DHE-RSA-AES256-SHA", "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", "dhe-1024", 256, true),
            ("AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA", nil, 128, false),
        ] as [(String, String, String?, Int, Bool)])
    func parameters12(suite: String, name: String, group: String?, bits: Int, secrecy: Bool) throws {
        let certificates = try TestCertificates.shared()
        let pair = try Handshakes {
            $0.maximum = TLS1_2_VERSION
            $0.ciphers = suite
            $0.groups = "P-384"
            $0.chain = certificates.rsaChain
            $0.key = certificates.rsaKey
            $0.dhParameters = certificates.dh1024
        }
        #expect(pair.run() == .established)
        let found = try #require(pair.client.parameters)
        #expect(found.cipher == name)
        #expect(found.group == group)
        #expect(found.cipherBits == bits)
        #expect(found.forwardSecrecy == secrecy)
        #expect(found.dhBits == (suite.hasPrefix("DHE") ? 1024 : nil))
        #expect(pair.client.step == .finished)
    }

    /// RFC 9155 §1: TLS 1.0 and 1.1 sign with MD5 and SHA-1 together (RSA) or SHA-1 (ECDSA); Ed25519 has no digest of its own.
    @Test("The digest of the handshake's signature is told")
    func signatureDigest() throws {
        let certificates = try TestCertificates.shared()
        let digest = { (change: (inout TLSServerSettings) -> Void) in
            let pair = try Handshakes(change)
            #expect(pair.run() == .established)
            return pair.client.parameters?.signatureDigest
        }
        #expect(try digest { $0.maximum = TLS1_VERSION } == "SHA1")
        #expect(
            try digest {
                $0.maximum = TLS1_1_VERSION
                $0.chain = certificates.rsaChain
                $0.key = certificates.rsaKey
            } == "MD5-SHA1")
        #expect(
            try digest {
                $0.maximum = TLS1_2_VERSION
                $0.signatures = "ECDSA+SHA1"
            } == "SHA1")
        #expect(
            try digest {
                $0.chain = certificates.ed25519Chain
                $0.key = certificates.ed25519Key
            } == nil)
    }

    @Test("Servers whose key is Ed25519 or P-521 are met")
    func otherKeys() throws {
        let certificates = try TestCertificates.shared()
        for (chain, key) in [
            (certificates.ed25519Chain, certificates.ed25519Key), (certificates.p521Chain, certificates.p521Key),
        ] {
            let pair = try Handshakes {
                $0.chain = chain
                $0.key = key
            }
            #expect(pair.run() == .established)
            #expect(try pair.client.chain == TestCertificates.der(of: chain))
        }
    }

    @Test("A server that insists on no encryption is met, and its suite named")
    func nullCipher() throws {
        let certificates = try TestCertificates.shared()
        let pair = try Handshakes {
            $0.maximum = TLS1_2_VERSION
            $0.ciphers = "NULL-SHA256"
            $0.chain = certificates.rsaChain
            $0.key = certificates.rsaKey
        }
        #expect(pair.run() == .established)
        #expect(pair.client.parameters?.cipher == "TLS_RSA_WITH_NULL_SHA256")
        #expect(pair.client.parameters?.cipherBits == 0)
    }

    @Test("SNI is the host", arguments: ["mx.example.org", nil])
    func serverName(host: String?) throws {
        let pair = try Handshakes(host: host)
        _ = pair.run()
        #expect(pair.server.serverName == host)
    }

    @Test("A stapled OCSP response is asked for and kept", arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func staple(version: CInt) throws {
        let pair = try Handshakes {
            $0.maximum = version
            $0.staple = [0x30, 0x03, 0x0a, 0x01, 0x06]
        }
        #expect(pair.run() == .established)
        #expect(pair.client.parameters?.ocspStaple == [0x30, 0x03, 0x0a, 0x01, 0x06])
    }

    @Test("A request for a client certificate is noticed and harmless", arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func certificateAsked(version: CInt) throws {
        let pair = try Handshakes {
            $0.maximum = version
            $0.clientCertificate = .asked
        }
        #expect(pair.run() == .established)
        #expect(pair.client.parameters?.clientCertificateRequested == true)
    }

    @Test("Text goes both ways, and the end is told from silence", arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func text(version: CInt) throws {
        let pair = try Handshakes { $0.maximum = version }
        #expect(pair.run() == .established)
        #expect(pair.client.write("EHLO probe.example\r\n"))
        #expect(pair.settle() == .needsInput)
        #expect(pair.server.read() == "EHLO probe.example\r\n")
        pair.client.feed(ByteBuffer(bytes: pair.server.write("250 mx\r\n")))
        #expect(pair.client.read() == .data(ByteBuffer(string: "250 mx\r\n")))
        #expect(pair.client.read() == .needsInput)
        pair.client.feed(ByteBuffer(bytes: pair.server.close()))
        #expect(pair.client.read() == .closed)
    }

    @Test("The handshake does not mind how the bytes are cut", arguments: [1, 5, 100])
    func portions(size: Int) throws {
        var pair = try Handshakes()
        pair.portion = size
        #expect(pair.run() == .established)
    }

    @Test("Our close_notify reaches the server")
    func close() throws {
        let pair = try Handshakes()
        #expect(pair.run() == .established)
        _ = pair.settle()
        pair.client.close()
        #expect(pair.client.takeOutput() != nil)
        #expect(pair.client.write("more") == false)
    }

    @Test("Sessions of one context do not disturb each other")
    func sharedContext() throws {
        let context = try TLSContext()
        let host = DomainName(normalized: "mx.example.org")
        let failing = try TLSSession(context: context, host: host)
        let good = try TLSSession(context: context, host: host)
        let server = try MemoryTLSServer(TLSServerSettings(try TestCertificates.shared()))
        _ = failing.handshake()
        _ = good.handshake()
        failing.feed(ByteBuffer(bytes: [0x16, 3, 3, 0, 4, 2, 0, 0, 0]))
        #expect(failing.handshake() == .failed(.malformed))
        let flight = try #require(good.takeOutput())
        good.feed(ByteBuffer(bytes: server.exchange(Array(flight.readableBytesView))))
        #expect(good.handshake() == .established)
    }
}
