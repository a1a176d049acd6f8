import Foundation
import Testing

@testable import CensusLab

/// The judge is the openssl program.
@Suite("Certificates")
struct CertificateTests {
    private let world: LabWorld
    private let mint: CertificateMint

    init() throws {
        world = try LabWorld(LabConfiguration())
        mint = try CertificateMint(
            authorities: LabAuthorities(seed: 1, now: Date()), mixer: world.mixer, now: Date())
    }

    private static let host = "mx.example.behaviour.lab.test"

    /// Verdict of `openssl verify` on a chain of `kind`, and the text of its leaf.
    private func judge(
        _ kind: CertificateKind, host: String = host, level: Int = 0
    ) async throws -> (verify: String, text: String) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let pems = try mint.mint(world.certificateOrder(kind, for: .host(host))).certificates.map(Self.pem)
        try pems[0].write(toFile: "\(folder)/leaf.pem", atomically: true, encoding: .utf8)
        try pems.dropFirst().joined().write(toFile: "\(folder)/rest.pem", atomically: true, encoding: .utf8)
        try mint.authorities.trustPEM.write(toFile: "\(folder)/trust.pem", atomically: true, encoding: .utf8)
        let rest = pems.count > 1 ? ["-untrusted", "\(folder)/rest.pem"] : []
        let verify = try await run(
            "openssl",
            [
                "verify", "-no-CApath", "-no-CAstore", "-CAfile", "\(folder)/trust.pem", "-purpose", "sslserver",
                "-auth_level", "\(level)", "-x509_strict", "-verify_hostname", host,
            ] + rest + ["\(folder)/leaf.pem"])
        let text = try await run(
            "openssl",
            ["x509", "-in", "\(folder)/leaf.pem", "-noout", "-serial", "-text"])
        return (verify.output, text.output)
    }

    private static func pem(_ der: [UInt8]) -> String {
        "-----BEGIN CERTIFICATE-----\n\(Data(der).base64EncodedString(options: .lineLength64Characters))\n-----END CERTIFICATE-----\n"
    }

    @Test(
        "Each kind is wrong in the way it should, and in no other",
        arguments: [
            (CertificateKind.good, ": OK"), (.expiresSoon, ": OK"), (.otherName, "error 62 at 0"),
            (.tooDeepWildcard, "error 62 at 0"),
            (.unknownAuthority, "error 20 at 1"), (.selfSigned, "error 18 at 0"),
            (.missingIntermediate, "error 20 at 0"), (.expired, "error 10 at 0"), (.notYetValid, "error 9 at 0"),
            (.negativeSerial, ": OK"), (.badSignature, "error 7 at 0"), (.wrongPurpose, "error 26 at 0"),
            (.unknownCriticalExtension, "error 34 at 0"),
            // OpenSSL takes the common name unless there is a dNSName, and partial wildcards; RFC 9525 §6.3 does not.
            (.commonNameOnly, ": OK"), (.commonNameBesideOthers, "error 62 at 0"), (.addressOnly, ": OK"),
            (.wildcard, ": OK"), (.partialWildcard, ": OK"), (.bareWildcard, "error 62 at 0"),
            (.doubleWildcard, "error 62 at 0"), (.upperCase, ": OK"), (.nulInName, "error 62 at 0"),
            // OpenSSL does not know that a final dot changes nothing (RFC 1034 §3.1).
            (.finalDot, "error 62 at 0"),
            (.zeroSerial, ": OK"), (.longSerial, ": OK"),
            (.malformed, "Unable to load certificate|Could not find certificate"),
            (.intermediateExpired, "error 10 at 1"), (.intermediateNotCA, "error 79 at 1"),
            (.pathTooLong, "error 25 at 2"), (.namesExcluded, "error 47 at 0"), (.extraCertificate, ": OK"),
            (.doubledCertificate, ": OK"), (.misordered, ": OK"), (.rootIncluded, ": OK"), (.longChain, ": OK"),
            (.hugeChain, ": OK"), (.rsa2048, ": OK"), (.rsa4096, ": OK"), (.p384, ": OK"), (.p521, ": OK"),
            (.ed25519, ": OK"), (.mustStaple, ": OK"), (.stapleGood, ": OK"),
        ])
    func kinds(kind: CertificateKind, words: String) async throws {
        let (verify, text) = try await judge(kind)
        // OpenSSL 3.5 has other words for a file without a certificate than 3.0.
        #expect(words.split(separator: "|").contains { verify.contains($0) }, "\(verify)")
        let errors = verify.split(separator: "\n").filter { $0.hasPrefix("error ") && $0.contains(" at ") }
        // OpenSSL says in three ways that the intermediate is no authority: constraints, key usage, purpose.
        #expect(errors.count <= (kind == .intermediateNotCA ? 3 : 1), "\(verify)")
        #expect(text.hasPrefix("serial=-") == (kind == .negativeSerial))
    }

    @Test(
        "Weak kinds are good but for their weakness",
        arguments: [
            (CertificateKind.weakLeafSignature, "error 68 at 0"), (.md5LeafSignature, "error 68 at 0"),
            (.weakIntermediateSignature, "error 68 at 1"), (.rsa512, "error 66 at 0"), (.rsa768, "error 66 at 0"),
            (.rsa1024, "error 66 at 0"),
        ])
    func weakKinds(kind: CertificateKind, words: String) async throws {
        #expect(try await judge(kind).verify.contains(": OK"))
        #expect(try await judge(kind, level: 2).verify.contains(words))
    }

    @Test(
        "Numbers, keys, signatures and wishes are in the certificate",
        arguments: [
            (CertificateKind.zeroSerial, "serial=00\n"), (.rsa512, "Public-Key: (512 bit)"),
            (.rsa768, "Public-Key: (768 bit)"), (.rsa1024, "Public-Key: (1024 bit)"),
            (.rsa2048, "Public-Key: (2048 bit)"), (.rsa4096, "Public-Key: (4096 bit)"),
            (.p384, "NIST CURVE: P-384"), (.p521, "NIST CURVE: P-521"), (.ed25519, "Public Key Algorithm: ED25519"),
            (.weakLeafSignature, "ecdsa-with-SHA1"), (.md5LeafSignature, "md5WithRSAEncryption"),
            (.mustStaple, "status_request"), (.stapleGood, "status_request"), (.addressOnly, "IP Address:127.0.16.1"),
            (.bareWildcard, "DNS:*\n"), (.upperCase, "DNS:MX.EXAMPLE.BEHAVIOUR.LAB.TEST"),
        ])
    func contents(kind: CertificateKind, words: String) async throws {
        let text = try await judge(kind).text
        #expect(text.contains(words), "\(text)")
        #expect(text.contains("X509v3 Subject Alternative Name"))
    }

    @Test("A long serial number has 24 octets, and a certificate with a common name only no other name")
    func bytes() async throws {
        let serial = try await judge(.longSerial).text.prefix { $0 != "\n" }
        #expect(serial.utf8.count == "serial=".count + 48)
        #expect(try await !judge(.commonNameOnly).text.contains("X509v3 Subject Alternative Name"))
        let huge = try mint.mint(world.certificateOrder(.hugeChain, for: .host(Self.host))).certificates
        #expect(huge.reduce(0) { $0 + $1.count } > 128 * 1024)
        let long = try mint.mint(world.certificateOrder(.longChain, for: .host(Self.host))).certificates
        #expect(long.count == 12)
    }

    @Test(
        "Staples are what the openssl program takes them for",
        arguments: [
            (StapleKind.good, ["Response verify OK", "leaf.pem: good"]),
            (.revoked, ["Response verify OK", "leaf.pem: revoked"]),
            (.unknown, ["Response verify OK", "leaf.pem: unknown"]),
            (.expired, ["Response verify OK", "WARNING: Status times invalid"]),
            (.ofOther, ["Response verify OK", "ERROR: No Status found"]), (.forged, ["Response Verify Failure"]),
            (.tryLater, ["Responder Error: trylater (3)"]), (.garbage, ["Error reading OCSP response"]),
        ])
    func staples(kind: StapleKind, words: [String]) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let certificateKind = try #require(CertificateKind.allCases.first { $0.staple == kind })
        let chain = try mint.mint(world.certificateOrder(certificateKind, for: .host(Self.host)))
        for (name, der) in zip(["leaf", "issuer"], chain.certificates) {
            try Self.pem(der).write(toFile: "\(folder)/\(name).pem", atomically: true, encoding: .utf8)
        }
        try mint.authorities.trustPEM.write(toFile: "\(folder)/trust.pem", atomically: true, encoding: .utf8)
        try Data(try #require(chain.staple)).write(to: URL(fileURLWithPath: "\(folder)/staple.der"))
        let result = try await run(
            "openssl",
            [
                "ocsp", "-respin", "\(folder)/staple.der", "-issuer", "\(folder)/issuer.pem", "-cert",
                "\(folder)/leaf.pem", "-CAfile", "\(folder)/trust.pem", "-no_nonce",
            ])
        for word in words { #expect(result.output.contains(word), "\(result.output)") }
    }

    @Test("Every kind has a test above: by its path, its weakness or its staple")
    func complete() {
        #expect(CertificateKind.allCases.count == 43 + 6 + CertificateKind.allCases.count { $0.staple != nil } - 1)
    }

    @Test("A leaf without its intermediate says where to find it")
    func issuerLocation() async throws {
        #expect(try await judge(.missingIntermediate).text.contains("CA Issuers - URI:http://ca.lab.test/issuing.der"))
        #expect(try await !judge(.unknownAuthority).text.contains("CA Issuers"))
    }

    @Test("A provider's certificate names its hosts: few by name, many by wildcard")
    func providers() throws {
        let few = try #require((0..<world.providers.providers).first { world.providers.provider($0).hosts.count == 4 })
        let order = world.certificateOrder(.good, for: .provider(few))
        let names = world.providers.provider(few).hosts.map { world.name(.pool($0)) }
        #expect(
            names.allSatisfy {
                order.names.contains($0) || $0.contains(".am0.") || $0.contains("*") || $0.hasPrefix("127.")
            })
        let many = world.providers.providers - 1
        #expect(
            world.certificateOrder(.good, for: .provider(many)).names.first
                == "*.\(world.providers.domain(ofProvider: many))")
        #expect(world.usesWildcard(provider: many))
        #expect(!world.usesWildcard(provider: few))
    }

    @Test("A host that is named too deep is two labels below its wildcard")
    func tooDeep() throws {
        let index = try #require((0..<world.providers.hosts).first { world.behaviours.pool($0) == .wildcardTooDeep })
        let provider = world.providers.provider(ofHost: index).number
        let wildcard = try #require(world.certificateOrder(.tooDeepWildcard, for: .provider(provider)).names.first)
        #expect(world.name(.pool(index)).wholeMatch(of: /[a-z-]+[0-9]+\.am0\..+/) != nil)
        #expect(world.name(.pool(index)).hasSuffix(wildcard.dropFirst(1)))
        #expect(wildcard.split(separator: ".").count + 1 == world.name(.pool(index)).split(separator: ".").count)
    }

    @Test("The trusted key follows from the seed, so a trust file outlives the lab")
    func stableKeys() throws {
        let keys = try [1, 1, 2].map { try LabAuthorities(seed: $0, now: Date()).root.key.rawRepresentation }
        #expect(keys[0] == keys[1])
        #expect(keys[0] != keys[2])
    }

    @Test("Contexts beyond the cache are made again and work")
    func contextCache() throws {
        let cache = ContextCache(world: world, mint: mint, capacity: 2)
        for name in ["a.test", "b.test", "c.test", "a.test"] {
            _ = try cache.context(for: .init(kind: .good, subject: .host(name), shape: SessionShape()))
        }
    }
}
