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

    /// A leaf under fifteen levels of two certificates each, for one key: 32,768 ways lead to the issuer of the last.
    private func ladder(_ maker: CertificateMaker, below top: MadeCertificate) throws -> [Certificate] {
        var authority = top
        var levels: [MadeCertificate] = []
        for level in 0..<Int(PathValidation.maximumIntermediates) {
            let first = try maker.ca("Level \(level)", by: authority)
            let second = try maker.ca("Level \(level)", by: authority) {
                $0.sharing = first
                $0.serial = [2]
            }
            levels += [first, second]
            authority = first
        }
        return try parsed([maker.leaf(by: authority)] + levels)
    }

    private func search(_ sent: [Certificate], _ maker: CertificateMaker) throws -> PathSearch {
        let second = Int64(CertificateMaker.noon.timeIntervalSince1970)
        return PathSearch(sent, store: try store(maker.root.get()), second: second)
    }

    @Test("ends after so many steps when nothing leads to an anchor")
    func steps() throws {
        let maker = CertificateMaker()
        var search = try search(ladder(maker, below: maker.ca("Elsewhere", by: nil)), maker)
        search.paths { _, _ in
            Issue.record("a path to an anchor that did not sign it")
            return true
        }
        #expect(search.stepsLeft == 0 && search.signaturesLeft > 0)
    }

    /// Seven authorities have 42 cross certificates, each of which may be signed by six.
    @Test("ends after so many signatures")
    func signatures() throws {
        let maker = CertificateMaker()
        let mesh = try mesh(maker, 7)
        var search = try search(parsed([maker.leaf(by: mesh[0])] + mesh), maker)
        search.paths { _, _ in true }
        #expect(search.signaturesLeft == 0)
    }

    @Test("offers so many paths and no more, each from the leaf to the anchor")
    func offers() throws {
        let maker = CertificateMaker()
        var search = try search(ladder(maker, below: maker.root.get()), maker)
        var offered: Set<[OpaquePointer]> = []
        search.paths { path, anchor in
            let names = (path + [anchor]).map(\.facts.subject)
            #expect(zip(path, names.dropFirst()).allSatisfy { $0.facts.issuer == $1 })
            #expect(offered.insert(path.map(\.pointer)).inserted)
            return true
        }
        #expect(offered.count == PathSearch.maximumPaths)
    }

    @Test("goes through no authority twice")
    func loops() throws {
        let maker = CertificateMaker()
        let root = try maker.root.get()
        let mesh = try mesh(maker, 3)
        let crossed = try maker.ca("Authority 2", by: root) { $0.sharing = mesh.last }
        var search = try search(parsed([maker.leaf(by: mesh[0]), crossed] + mesh), maker)
        var offered: Set<[String]> = []
        search.paths { path, _ in
            offered.insert(path.map { $0.facts.subject })
            return true
        }
        let through = { (names: [Int]) in ["CN=mx.example.org"] + names.map { "CN=Authority \($0),O=Made" } }
        #expect(offered == [through([0, 2]), through([0, 1, 2])])
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
