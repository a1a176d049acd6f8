import CensusModel

/// The order of the certificates that a server sent, judged by the names in them.
struct SentChain {
    private let certificates: [CertificateFacts]

    init(_ certificates: [CertificateFacts?]) { self.certificates = certificates.compactMap(\.self) }

    /// Indices of certificates that lead from the leaf upwards: the leaf, and whatever issued one of them.
    private var related: Set<Int> {
        guard let leaf = certificates.first else { return [] }
        var wanted = [leaf.issuer]
        var found: Set<Int> = [0]
        while let issuer = wanted.popLast() {
            for index in certificates.indices where certificates[index].subject == issuer {
                if found.insert(index).inserted { wanted.append(certificates[index].issuer) }
            }
        }
        return found
    }

    /// Doubles, or certificates that did not issue anything on the way up.
    var hasExtras: Bool {
        Set(certificates.map(\.fingerprint)).count < certificates.count || related.count < certificates.count
    }

    /// A certificate stands before all those that it issued. Extras are left aside. Two certificates of one authority
    /// (self-signed and cross-signed) may follow each other in any order.
    var isMisordered: Bool {
        var issuers: Set<String> = []
        for index in certificates.indices where related.contains(index) {
            if index > 0, !issuers.contains(certificates[index].subject) { return true }
            issuers.insert(certificates[index].issuer)
        }
        return false
    }
}
