import CensusModel
import CensusRules
import Foundation
import Testing

@testable import CertificateChain

/// What a server sends in one case, and what is trusted.
struct Sent {
    var chain: [[UInt8]]
    var trusted: [[UInt8]]
    var host = "mx.example.org"
    /// Seconds after `CertificateMaker.noon`.
    var later = 0
}

/// One case: an idea, the case of a public set that tests the same idea, and all that must be found. The certificates
/// are made here; nothing is taken from those sets.
struct Vector: Sendable, CustomTestStringConvertible {
    let idea: String
    let findings: Set<Finding>
    /// Makes the certificates: the leaf first, then the others as sent. `root` is trusted unless said otherwise.
    let make: @Sendable (CertificateMaker, _ root: MadeCertificate) throws -> Sent

    init(
        _ idea: String, _ findings: Set<Finding>,
        make: @escaping @Sendable (CertificateMaker, _ root: MadeCertificate) throws -> Sent
    ) {
        self.idea = idea
        self.findings = findings
        self.make = make
    }

    var testDescription: String { idea }

    /// The common case: a leaf with these extensions under an intermediate with those.
    static func leaf(
        _ idea: String, _ findings: Set<Finding>, _ changes: String, authority: String = "authorityKeyIdentifier=keyid",
        host: String = "mx.example.org", adjust: @escaping @Sendable (inout CertificateWish) -> Void = { _ in }
    ) -> Vector {
        Vector(idea, findings) { make, root in
            let authority = try make.ca("Intermediate", by: root, authority)
            return send([try make.leaf(by: authority, changes, adjust: adjust), authority], root, host: host)
        }
    }
}

/// The certificates in this order, with `trusted` as the trust store.
func send(_ certificates: [MadeCertificate], _ trusted: MadeCertificate..., host: String = "mx.example.org") -> Sent {
    Sent(chain: certificates.map(\.der), trusted: trusted.map(\.der), host: host)
}

@Suite("A certificate case")
struct VectorTests {
    /// The findings of the whole judgement, by the rules that a scan uses, and its outcome.
    private func verdict(_ sent: Sent) throws -> ProbeVerdict {
        let pem = sent.trusted.map {
            "-----BEGIN CERTIFICATE-----\n\(Data($0).base64EncodedString())\n-----END CERTIFICATE-----\n"
        }
        let judge = ChainJudge(trustStore: try TrustStore(pem: Array(pem.joined().utf8)))
        let time = CertificateMaker.noon.addingTimeInterval(Double(sent.later))
        let evidence = judge.evidence(chain: sent.chain, at: time)
        checkRemembering(sent, judge.trustStore, evidence)
        let host = try #require(DomainName(normalized: sent.host))
        var observation = ProbeObservation(
            target: ProbeTarget(host: host, address: .v4(0xc000_0201), port: 25), startedAt: time)
        observation.greeting = SMTPReply(code: 220, lines: ["ready"])
        observation.ehlo = SMTPReply(code: 250, lines: ["mx", "STARTTLS"])
        observation.starttlsOffered = true
        observation.starttls = SMTPReply(code: 220, lines: ["go ahead"])
        observation.tls = TLSParameters(
            version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", group: "x25519", cipherBits: 256,
            forwardSecrecy: true, clientCertificateRequested: false, ocspStaple: nil)
        observation.chain = sent.chain
        return Judge.verdict(of: observation, evidence: evidence, at: time)
    }

    /// The same is found when the signatures of the authorities are known from before.
    private func checkRemembering(_ sent: Sent, _ store: TrustStore, _ expected: ChainEvidence) {
        let certificates = sent.chain.map { Certificate(der: $0, fingerprint: Fingerprint(of: $0)) }
        let signatures = KnownSignatures(capacity: 100)
        for _ in 0..<2 {
            let judgement = ChainJudgement(
                certificates, staple: nil, store: store, signatures: signatures,
                second: Int64(CertificateMaker.noon.timeIntervalSince1970) + Int64(sent.later))
            #expect(judgement.evidence == expected)
        }
    }

    private func check(_ vector: Vector) throws {
        let maker = CertificateMaker()
        let verdict = try verdict(vector.make(maker, maker.root.get()))
        #expect(Set(verdict.findings) == vector.findings, "\(verdict.error ?? "trusted")")
        let causes = vector.findings.compactMap { Outcome(rawValue: $0.rawValue) }
        #expect(verdict.verified == causes.isEmpty)
        #expect(causes.isEmpty ? verdict.outcome == .trusted : causes.contains(verdict.outcome))
    }

    @Test("of path building", arguments: Vector.paths)
    func path(vector: Vector) throws { try check(vector) }

    @Test("of constraints", arguments: Vector.constraints)
    func constraint(vector: Vector) throws { try check(vector) }

    @Test("of purposes", arguments: Vector.purposes)
    func purpose(vector: Vector) throws { try check(vector) }

    @Test("of names", arguments: Vector.names)
    func name(vector: Vector) throws { try check(vector) }

    @Test("of form: dates, serial numbers, versions, encoding", arguments: Vector.forms)
    func form(vector: Vector) throws { try check(vector) }

    @Test("of keys and signatures", arguments: Vector.strengths)
    func strength(vector: Vector) throws { try check(vector) }
}
