import CMXOpenSSL

/// Further paths from a leaf to an anchor, for a chain whose first path is not good.
///
/// At each step OpenSSL takes one issuer and never comes back to try another, so that one expired or constrained cross
/// certificate spoils a chain for which there is a good path too. Any path will do (RFC 5280 §6.1, RFC 4158). This
/// search offers the others, one by one; each is then validated by OpenSSL alone with nothing but its own certificates.
///
/// It costs nothing for good chains, and little for bad ones, which rarely have a second path. A server can make the
/// number of paths grow exponentially: steps, signatures and paths are bounded.
struct PathSearch {
    static let maximumPaths = 16
    static let maximumSteps = 1000
    static let maximumSignatures = 64

    private let sent: [Certificate]
    private let store: TrustStore
    private let second: Int64
    /// What may still be spent.
    private(set) var stepsLeft = maximumSteps
    private(set) var signaturesLeft = maximumSignatures
    private var pathsLeft = maximumPaths
    private var known: [Edge: Bool] = [:]

    private struct Edge: Hashable {
        let issuer: OpaquePointer
        let subject: OpaquePointer
    }

    init(_ sent: [Certificate], store: TrustStore, second: Int64) {
        self.sent = sent
        self.store = store
        self.second = second
    }

    /// Calls `visit` with the sent certificates of each path, leaf first, and its anchor, until it returns false.
    mutating func paths(_ visit: ([Certificate], Certificate) -> Bool) {
        guard let leaf = sent.first else { return }
        defer { ERR_clear_error() }
        _ = extend([leaf], visit)
    }

    /// False when the search is to end.
    private mutating func extend(_ path: [Certificate], _ visit: ([Certificate], Certificate) -> Bool) -> Bool {
        guard let top = path.last else { return false }
        guard stepsLeft > 0 else { return false }
        stepsLeft -= 1
        for anchor in store.certificates(named: X509_get_issuer_name(top.pointer)) where issued(anchor, top) {
            pathsLeft -= 1
            guard pathsLeft >= 0, visit(path, anchor) else { return false }
        }
        guard path.count <= PathValidation.maximumIntermediates else { return true }
        for issuer in sent.dropFirst() where isUsable(issuer) && !repeats(issuer, path) && issued(issuer, top) {
            guard extend(path + [issuer], visit) else { return false }
        }
        return true
    }

    /// What no path can be good with is left out early; what signs itself leads nowhere.
    private func isUsable(_ issuer: Certificate) -> Bool {
        issuer.facts.isCA && !issuer.facts.isSelfSigned && issuer.isValid(at: second) && issuer.weakness == nil
            && !issuer.hasInvalidExtension
    }

    /// The same name and key a second time: a loop.
    private func repeats(_ issuer: Certificate, _ path: [Certificate]) -> Bool {
        path.contains { other in
            other.pointer == issuer.pointer
                || (other.facts.subject == issuer.facts.subject
                    && EVP_PKEY_eq(X509_get0_pubkey(other.pointer), X509_get0_pubkey(issuer.pointer)) == 1)
        }
    }

    private mutating func issued(_ issuer: Certificate, _ subject: Certificate) -> Bool {
        let edge = Edge(issuer: issuer.pointer, subject: subject.pointer)
        if let answer = known[edge] { return answer }
        guard X509_check_issued(issuer.pointer, subject.pointer) == X509_V_OK,
            let key = X509_get0_pubkey(issuer.pointer)
        else {
            known[edge] = false
            return false
        }
        guard signaturesLeft > 0 else { return false }
        signaturesLeft -= 1
        let answer = X509_verify(subject.pointer, key) == 1
        known[edge] = answer
        return answer
    }
}
