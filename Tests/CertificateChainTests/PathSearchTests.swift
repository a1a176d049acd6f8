import CensusModel
import Foundation
import Testing

@testable import CertificateChain

@Suite("The search for another path")
struct PathSearchTests {
    /// Authorities that all sign each other: the number of ways through them grows with the factorial of their number.
    private func mesh(_ maker: CertificateMaker, _ count: Int) throws -> [MadeCertificate] {
        let authorities = try (0..<count).map { try maker.ca("Authority \($0)", by: nil) }
        return try authorities.indices.flatMap { subject in
            try authorities.indices.filter { $0 != subject }.map { issuer in
                try maker.ca("Authority \(subject)", by: authorities[issuer]) { $0.sharing = authorities[subject] }
            }
        }
    }

    private func parsed(_ certificates: [MadeCertificate]) throws -> [Certificate] {
        try certificates.map { try #require(Certificate(der: $0.der, fingerprint: Fingerprint(of: $0.der))) }
    }

    private func store(_ certificates: MadeCertificate...) throws -> TrustStore {
        try TrustStore(pem: PEMCertificates.write(parsed(certificates)))
    }

    /// Seven authorities have 42 cross certificates, and 13,700 ways lead through them.
    @Test("ends after so many steps and signatures when nothing leads to an anchor")
    func bounded() throws {
        let maker = CertificateMaker()
        let mesh = try mesh(maker, 7)
        let leaf = try maker.leaf(by: mesh[0])
        let sent = try parsed([leaf] + mesh)
        var search = PathSearch(
            sent, store: try store(maker.root.get()), second: Int64(CertificateMaker.noon.timeIntervalSince1970))
        var offered = 0
        search.paths { _, _ in
            offered += 1
            return true
        }
        #expect(offered == 0)
        #expect(search.stepsLeft == 0 || search.signaturesLeft == 0)
    }

    @Test("offers so many paths, each from the leaf to the anchor without a loop")
    func offers() throws {
        let maker = CertificateMaker()
        let root = try maker.root.get()
        let mesh = try mesh(maker, 5)
        let crossed = try maker.ca("Authority 4", by: root) { $0.sharing = mesh.last }
        let sent = try parsed([maker.leaf(by: mesh[0]), crossed] + mesh)
        var search = PathSearch(
            sent, store: try store(root), second: Int64(CertificateMaker.noon.timeIntervalSince1970))
        var offered: [[String]] = []
        search.paths { path, anchor in
            let names = (path + [anchor]).map(\.facts.subject)
            #expect(zip(path, names.dropFirst()).allSatisfy { $0.facts.issuer == $1 })
            #expect(Set(names).count == names.count)
            offered.append(names)
            return true
        }
        #expect(!offered.isEmpty && offered.count <= PathSearch.maximumPaths)
        #expect(Set(offered).count == offered.count)
    }

    @Test("ends when it is told to")
    func stops() throws {
        let maker = CertificateMaker()
        let root = try maker.root.get()
        let authority = try maker.ca("Intermediate", by: root)
        let twin = try maker.ca("Intermediate", by: root) { $0.sharing = authority }
        var search = PathSearch(
            try parsed([maker.leaf(by: authority), authority, twin]), store: try store(root),
            second: Int64(CertificateMaker.noon.timeIntervalSince1970))
        var offered = 0
        search.paths { _, _ in
            offered += 1
            return false
        }
        #expect(offered == 1)
    }
}
