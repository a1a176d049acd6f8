import CensusModel
import Foundation
import Testing

@testable import CensusLab

/// Clients are `openssl s_client` of several tastes.
@Suite("TLS sessions and handshakes")
struct SessionTests {
    private static let any = ["-cipher", "ALL:eNULL:@SECLEVEL=0"]

    /// All that `openssl s_client` says of a host; it sends EHLO and QUIT under TLS.
    private func client(_ name: String, _ lab: Lab, _ folder: String, _ options: [String]) async throws -> String {
        let behaviour = try #require(Behaviour.named(name))
        let number = try #require(Behaviour.numbers[behaviour])
        let host = "mx.\(name).behaviour.lab.test"
        let named = options.contains("-noservername") ? [] : ["-servername", host]
        return try await run(
            "openssl",
            [
                "s_client", "-starttls", "smtp", "-connect",
                "\(IPAddress.v4(0x7f00_1000 + UInt32(number))):\(lab.smtpPort)",
                "-verify_hostname", host, "-no-CApath", "-no-CAstore", "-CAfile", "\(folder)/trust.pem", "-crlf",
                "-ign_eof",
            ] + named + options,
            input: "EHLO test\nquit\n"
        ).output
    }

    @Test(
        "A session, as openssl s_client sees it",
        arguments: [
            ("tls10-only", any + ["-tls1"], ["New, TLSv1.0", "Verify return code: 0 (ok)", "221 "]),
            ("tls11-only", any + ["-tls1_1"], ["Protocol  : TLSv1.1", "Verify return code: 0 (ok)", "221 "]),
            ("no-forward-secrecy", ["-tls1_2", "-cipher", "kRSA"], ["Cipher is AES", "Verify return code: 0 (ok)"]),
            ("dhe-2048", any + ["-tls1_2"], ["DH, 2048 bits", "Verify return code: 0 (ok)"]),
            ("dhe-1024", any + ["-tls1_2"], ["DH, 1024 bits", "Verify return code: 0 (ok)"]),
            ("dhe-512", any + ["-tls1_2"], ["dh key too small"]),
            ("null-cipher", any + ["-tls1_2"], ["Cipher is ECDHE-ECDSA-NULL-SHA", "221 "]),
            ("sha1-signature", any + ["-tls1_2"], ["Peer signing digest: SHA1", "Verify return code: 0 (ok)"]),
            ("client-certificate-asked", ["-msg"], ["CertificateRequest", "221 "]),
            ("client-certificate-demanded", [], ["SSL alert number 116"]),
            ("client-certificate-demanded-tls12", [], ["SSL alert number 40"]),
            ("handshake-bytewise", [], ["Verify return code: 0 (ok)", "250"]),
            ("sni-other-certificate", [], ["Verify return code: 0 (ok)", "221 "]),
            ("sni-other-certificate", ["-noservername"], ["Verify return code: 62", "221 "]),
            ("sni-demanded", [], ["Verify return code: 0 (ok)", "221 "]),
            ("sni-demanded", ["-noservername"], ["SSL alert number 112"]),
            ("rsa-512", any, ["Server public key is 512 bit"]), ("rsa-768", any, ["Server public key is 768 bit"]),
            ("rsa-4096", [], ["Server public key is 4096 bit", "Verify return code: 0 (ok)", "221 "]),
            ("ed25519", [], ["Peer signature type: ed25519", "Verify return code: 0 (ok)"]),
            ("p-521", [], ["Server public key is 521 bit", "Verify return code: 0 (ok)"]),
            ("staple-good", ["-status"], ["OCSP Response Status: successful", "Cert Status: good"]),
            ("staple-revoked", ["-status"], ["Cert Status: revoked"]),
            ("must-staple-missing", ["-status"], ["OCSP response: no response sent"]),
            ("zero-serial", [], ["Verify return code: 0 (ok)"]),
            ("misordered-chain", [], ["Verify return code: 0 (ok)"]),
            ("long-chain", [], ["11 s:", "Verify return code: 0 (ok)"]), ("huge-chain", [], ["excessive message size"]),
            // By OpenSSL 3.0 and 3.5.
            ("md5-leaf", any, ["sigalg: RSA-MD5|sigalg: md5WithRSA"]),
        ])
    func sessions(name: String, options: [String], words: [String]) async throws {
        try await withLab(scale: 100_000) { lab, folder in
            let output = try await client(name, lab, folder, options)
            for word in words {
                #expect(word.split(separator: "|").contains { output.contains($0) }, "\(word) not in: \(output)")
            }
            #expect(lab.problem == nil)
        }
    }

    @Test(
        "A broken handshake, as openssl s_client sees it",
        arguments: [
            ("handshake-http", "wrong version number"), ("handshake-unrecognized-name", "SSL alert number 112"),
            ("handshake-late-alert", "SSL alert number 80"), ("handshake-late-closed", "unexpected eof"),
            ("handshake-malformed-message", "length"),
            ("handshake-long-record", "packet length too long|data length too long"),
            ("sslv3-only", "unsupported protocol"), ("malformed-certificate", "asn1"),
            ("post-tls-421", "421 4.3.2"), ("post-tls-malformed", "502 Bad Gateway"),
            ("bare-line-feed", "250 PIPELINING"),
        ])
    func brokenHandshakes(name: String, words: String) async throws {
        try await withLab(scale: 100_000, { $0.waits = LabWaits(portion: 20) }) { lab, folder in
            let output = try await client(name, lab, folder, ["-legacy_server_connect"])
            #expect(words.split(separator: "|").contains { output.contains($0) }, "\(output)")
            #expect(lab.problem == nil)
        }
    }
}
