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
    private func judge(_ kind: CertificateKind, host: String = host) async throws -> (verify: String, text: String) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let chain = try mint.mint(world.certificateOrder(kind, for: .host(host)))
        for (index, der) in chain.certificates.enumerated() {
            let pem =
                "-----BEGIN CERTIFICATE-----\n\(Data(der).base64EncodedString(options: .lineLength64Characters))\n-----END CERTIFICATE-----\n"
            try pem.write(toFile: "\(folder)/\(index == 0 ? "leaf" : "rest").pem", atomically: true, encoding: .utf8)
        }
        try mint.authorities.trustPEM.write(toFile: "\(folder)/trust.pem", atomically: true, encoding: .utf8)
        let rest = chain.certificates.count > 1 ? ["-untrusted", "\(folder)/rest.pem"] : []
        let verify = try await run(
            "openssl",
            [
                "verify", "-no-CApath", "-no-CAstore", "-CAfile", "\(folder)/trust.pem", "-purpose", "sslserver",
                "-x509_strict",
                "-verify_hostname", host,
            ] + rest + ["\(folder)/leaf.pem"])
        let text = try await run(
            "openssl",
            ["x509", "-in", "\(folder)/leaf.pem", "-noout", "-serial", "-text"])
        return (verify.output, text.output)
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
        ])
    func kinds(kind: CertificateKind, words: String) async throws {
        let (verify, text) = try await judge(kind)
        #expect(verify.contains(words), "\(verify)")
        let errors = verify.split(separator: "\n").filter { $0.hasPrefix("error ") && $0.contains(" at ") }
        #expect(errors.count <= 1, "\(verify)")
        #expect(text.hasPrefix("serial=-") == (kind == .negativeSerial))
    }

    @Test("Every kind has a test above")
    func complete() { #expect(CertificateKind.allCases.count == 13) }

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
            _ = try cache.context(for: .init(kind: .good, subject: .host(name), maximumTLS12: false))
        }
    }
}
