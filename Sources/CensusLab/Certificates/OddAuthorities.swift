import Foundation

/// The authorities behind chains that few hosts have: made when the first of them is needed.
struct OddAuthorities: Sendable {
    let expired: Authority
    /// A certificate for servers, which may not issue any.
    let notCA: Authority
    /// Under an authority whose path length is zero.
    let belowLimit: Authority
    let constrained: Authority
    /// Without a limit to its path, and below it one with.
    let upper: Authority
    let lower: Authority
    /// Each below the one before; the first below the root.
    let ladder: [Authority]
    /// Its own certificate is signed with SHA-1.
    let weaklySigned: Authority
    /// Has an RSA key.
    let rsa: Authority

    private static let rungs = 11

    init(_ base: LabAuthorities) throws {
        let issue = { (order: AuthorityOrder, parent: Authority) in
            try LabAuthorities.issue(order, under: parent, seed: base.seed, now: base.now)
        }
        expired = try issue(.init(name: "mxcensus lab expired CA", label: "expired", isExpired: true), base.root)
        belowLimit = try issue(.init(name: "mxcensus lab CA too deep", label: "too deep"), base.intermediate)
        constrained = try issue(
            .init(name: "mxcensus lab constrained CA", label: "constrained", permittedDomain: "permitted.test"),
            base.root)
        upper = try issue(.init(name: "mxcensus lab upper CA", label: "upper", pathLength: nil), base.root)
        notCA = try issue(.init(name: "mail.customer.test", label: "no authority", isAuthority: false), upper)
        lower = try issue(.init(name: "mxcensus lab lower CA", label: "lower"), upper)
        var ladder: [Authority] = []
        for rung in 1...Self.rungs {
            let order = AuthorityOrder(name: "mxcensus lab rung \(rung)", label: "rung \(rung)", pathLength: nil)
            ladder.append(try issue(order, ladder.last ?? base.root))
        }
        self.ladder = ladder
        var weak = try issue(.init(name: "mxcensus lab SHA-1 CA", label: "sha1"), base.root)
        weak.der = try RawCertificate(weak.der).signed(by: .ecdsaSHA1(base.root.key))
        weaklySigned = weak
        var rsa = try issue(.init(name: "mxcensus lab RSA CA", label: "rsa"), base.root)
        let key = try OpenSSLKey.of(.rsa(2048))
        var raw = try RawCertificate(rsa.der)
        raw[.publicKey] = key.publicKeyInfo
        rsa.der = try raw.signed(by: .ecdsaSHA256(base.root.key))
        rsa.rsaKey = key
        self.rsa = rsa
    }
}
