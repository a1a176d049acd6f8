import Foundation
import Testing

@testable import CertificateChain

@Suite("A trust store")
struct TrustStoreTests {
    @Test("is the same whatever the order, the doubles and the text in its file")
    func canonical() throws {
        let fixtures = try Fixtures.get()
        let one = try fixtures.trust("root", "other")
        let two = try fixtures.trust("other", "root", "other")
        #expect(one.count == 2 && two.count == 2)
        #expect(one.pem == two.pem && one.fingerprint == two.fingerprint)
        let commented = try TrustStore(pem: Array("# comment\n\n".utf8) + one.pem + Array("\ntext\n".utf8))
        #expect(commented.fingerprint == one.fingerprint)
        #expect(try TrustStore(pem: one.pem).pem == one.pem)
        #expect(try fixtures.trust("root").fingerprint != one.fingerprint)
    }

    @Test("that holds no certificate is refused")
    func empty() {
        #expect(throws: TrustStoreError.self) { try TrustStore(pem: []) }
        #expect(throws: TrustStoreError.self) { try TrustStore(pem: Array("no certificate here".utf8)) }
    }

    @Test("with a broken certificate is refused and says which")
    func broken() throws {
        let pem = try Fixtures.get().trust("root").pem
        let text = String(decoding: pem, as: UTF8.self)
        let damaged = text + text.replacingOccurrences(of: "MII", with: "AAA")
        let error = #expect(throws: TrustStoreError.self) { try TrustStore(pem: Array(damaged.utf8)) }
        #expect(error?.description.contains("certificate number 2") == true)
    }

    @Test("names the file that cannot be read")
    func missing() {
        let error = #expect(throws: TrustStoreError.self) { try TrustStore(pemFile: "/nonexistent/roots.pem") }
        #expect(error?.description.contains("/nonexistent/roots.pem") == true)
        #expect(error?.description.contains("No such file") == true)
    }

    /// The package ca-certificates is a dependency of the project.
    @Test("of the system holds the public authorities")
    func system() throws {
        #expect(try TrustStore.system().count > 50)
    }
}
