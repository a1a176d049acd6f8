import CensusModel
import Foundation
import Testing

@testable import CertificateChain

@Suite("Signatures that are known already")
struct KnownSignaturesTests {
    private let maker = CertificateMaker()
    private let signatures = KnownSignatures(capacity: 100)

    private func parsed(_ made: MadeCertificate) throws -> Certificate {
        try #require(Certificate(der: made.der, fingerprint: Fingerprint(of: made.der)))
    }

    /// The findings `days` after the certificates were made, with `trusted` as the trust store.
    private func findings(
        _ chain: [MadeCertificate], trusting trusted: MadeCertificate, days: Int = 0
    ) throws -> Set<Finding> {
        let store = try TrustStore(pem: PEMCertificates.write([parsed(trusted)]))
        let second = Int64(CertificateMaker.noon.timeIntervalSince1970) + Int64(days * day)
        return ChainJudgement(
            try chain.map(parsed), staple: nil, store: store, signatures: signatures, second: second
        ).evidence.problems
    }

    private func isKnown(_ subject: MadeCertificate, by issuer: MadeCertificate) throws -> Bool {
        signatures.contains(try parsed(subject), by: try parsed(issuer))
    }

    @Test("are those of the authorities of a path, whatever is wrong with the leaf")
    func remembered() throws {
        let root = try maker.root.get()
        let upper = try maker.ca("Upper", by: root)
        let lower = try maker.ca("Lower", by: upper)
        let leaf = try maker.leaf(by: lower) { $0.validity = -2 * day ... -1 * day }
        #expect(try findings([leaf, lower, upper], trusting: root) == [.expired])
        #expect(try isKnown(upper, by: root) && isKnown(lower, by: upper))
        #expect(try !isKnown(leaf, by: lower) && !isKnown(root, by: root) && !isKnown(lower, by: root))
        // The next leaf is good, and one that another key signed is not.
        #expect(try findings([maker.leaf(by: lower), lower, upper], trusting: root) == [])
        let other = try maker.ca("Lower", by: upper) { $0.extensions = $0.extensions.filter { !$0.contains("KeyId") } }
        let forged = try maker.leaf(by: other, "authorityKeyIdentifier=")
        #expect(try findings([forged, lower, upper], trusting: root) == [.badSignature])
    }

    @Test("say nothing about dates", arguments: [("root", 50, 100), ("upper", 100, 50)])
    func dates(first: String, rootDays: Int, upperDays: Int) throws {
        let root = try maker.ca("Root", by: nil) { $0.validity = -100 * day...rootDays * day }
        let upper = try maker.ca("Upper", by: root) { $0.validity = -100 * day...upperDays * day }
        let lower = try maker.ca("Lower", by: upper)
        func findings(_ days: Int) throws -> Set<Finding> {
            try self.findings([maker.leaf(by: lower), lower, upper], trusting: root, days: days)
        }
        #expect(try findings(1) == [])
        #expect(try isKnown(upper, by: root) && isKnown(lower, by: upper))
        #expect(try findings(51) == [.expired])
        #expect(try findings(2) == [])
    }

    @Test("do not make an authority trusted")
    func trust() throws {
        let root = try maker.root.get()
        let upper = try maker.ca("Upper", by: root)
        let lower = try maker.ca("Lower", by: upper)
        #expect(try findings([maker.leaf(by: lower), lower, upper], trusting: root) == [])
        let elsewhere = try maker.ca("Elsewhere", by: nil) { $0.subject = "O=Elsewhere/CN=Root" }
        #expect(try findings([maker.leaf(by: lower), lower, upper, root], trusting: elsewhere) == [.unknownAuthority])
    }

    @Test("are not those of a certificate that differs in its signature alone")
    func tampered() throws {
        let root = try maker.root.get()
        let authority = try maker.ca("Intermediate", by: root)
        let leaf = try maker.leaf(by: authority)
        #expect(try findings([leaf, authority], trusting: root) == [])
        var der = authority.der
        // The last octet belongs to the signature value.
        der[der.count - 1] ^= 1
        let store = try TrustStore(pem: PEMCertificates.write([parsed(root)]))
        let tampered = Certificate(der: der, fingerprint: Fingerprint(of: der))
        for _ in 0..<2 {
            let judgement = ChainJudgement(
                [try parsed(leaf), tampered], staple: nil, store: store, signatures: signatures,
                second: Int64(CertificateMaker.noon.timeIntervalSince1970))
            #expect(judgement.evidence.problems == [.badSignature])
        }
    }

    @Test("are not those of an authority that must not sign")
    func usage() throws {
        let root = try maker.root.get()
        let upper = try maker.ca("Upper", by: root, "keyUsage=critical,cRLSign")
        let lower = try maker.ca("Lower", by: upper)
        for _ in 0..<2 {
            #expect(try findings([maker.leaf(by: lower), lower, upper], trusting: root) == [.constraintViolation])
        }
        #expect(try !isKnown(lower, by: upper))
    }
}
