import Testing

@testable import TLSProbe

@Suite("Certificate message")
struct CertificateMessageTests {
    private func read(_ bytes: [UInt8], isTLS13: Bool) -> [[UInt8]] {
        bytes.withUnsafeBytes { CertificateMessage.certificates($0, isTLS13: isTLS13) }
    }

    @Test("TLS 1.2: a list of certificates (RFC 5246 §7.4.2)")
    func tls12() {
        #expect(read([0, 0, 9, 0, 0, 2, 1, 2, 0, 0, 1, 3], isTLS13: false) == [[1, 2], [3]])
    }

    @Test("TLS 1.3: a context, and extensions behind each certificate (RFC 8446 §4.4.2)")
    func tls13() {
        #expect(read([0, 0, 0, 14, 0, 0, 2, 1, 2, 0, 1, 9, 0, 0, 1, 3, 0, 0], isTLS13: true) == [[1, 2], [3]])
        #expect(read([1, 7, 0, 0, 6, 0, 0, 1, 5, 0, 0], isTLS13: true) == [[5]])
    }

    @Test("Lengths that point beyond the message end the reading")
    func truncated() {
        #expect(read([0, 0, 9, 0, 0, 2, 1, 2, 0, 0, 9, 3], isTLS13: false) == [[1, 2]])
        #expect(read([0, 0, 200, 0, 0, 2, 1, 2], isTLS13: false) == [])
        #expect(read([], isTLS13: true) == [])
        #expect(read([0, 0], isTLS13: false) == [])
    }

    @Test("Only the first 16 certificates are kept")
    func limit() {
        let body: [UInt8] = [0, 0, 100] + (1...25).flatMap { [0, 0, 1, UInt8($0)] }
        #expect(read(body, isTLS13: false) == (1...16).map { [UInt8($0)] })
    }
}
