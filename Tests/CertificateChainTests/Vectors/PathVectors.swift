import CMXOpenSSL
import CensusModel

extension Vector {
    /// Path building (RFC 5280 §6.1, RFC 4158). In comments: the case of x509-limbo or BetterTLS with the same idea.
    static let paths: [Vector] = plainPaths + anchors + crossCertificates + loops

    private static let plainPaths: [Vector] = [
        // bettertls::pathbuilding::tc0
        Vector("leaf and intermediate", []) { make, root in
            let authority = try make.ca("Intermediate", by: root)
            return send([try make.leaf(by: authority), authority], root)
        },
        // pathlen::max-chain-depth-0
        Vector("leaf straight under the root", []) { make, root in send([try make.leaf(by: root)], root) },
        Vector("the root sent along", []) { make, root in
            let authority = try make.ca("Intermediate", by: root)
            return send([try make.leaf(by: authority), authority, root], root)
        },
        Vector("intermediates in the wrong order", [.misorderedChain]) { make, root in
            let upper = try make.ca("Upper", by: root)
            let lower = try make.ca("Lower", by: upper)
            return send([try make.leaf(by: lower), upper, lower], root)
        },
        // rfc5280::unknown-critical-extension-unrelated-intermediate
        Vector("a certificate that has nothing to do with it", [.extraCertificates]) { make, root in
            let other = try make.ca("Other", by: root, "1.2.3.4=critical,DER:0500")
            return send([try make.leaf(by: root), other], root)
        },
        Vector("the intermediate twice", [.extraCertificates]) { make, root in
            let authority = try make.ca("Intermediate", by: root)
            return send([try make.leaf(by: authority), authority, authority], root)
        },
        // webpki::cryptographydotio-chain-missing-intermediate
        Vector("intermediate not sent", [.incompleteChain]) { make, root in
            let authority = try make.ca("Intermediate", by: root)
            return send([try make.leaf(by: authority)], root)
        },
        Vector("upper of two intermediates not sent", [.incompleteChain]) { make, root in
            let lower = try make.ca("Lower", by: try make.ca("Upper", by: root))
            return send([try make.leaf(by: lower), lower], root)
        },
        // rfc5280::chain-untrusted-root
        Vector("a root that is not trusted", [.unknownAuthority]) { make, root in
            let other = try make.ca("Other", by: nil)
            let authority = try make.ca("Intermediate", by: other)
            return send([try make.leaf(by: authority), authority, other], root)
        },
        // pathlen::max-chain-depth-1-exhausted, with the limit of this scanner
        Vector("fifteen intermediates", []) { make, root in try tower(make, root, height: 15) },
        Vector("sixteen intermediates", [.constraintViolation]) { make, root in try tower(make, root, height: 16) },
    ]

    private static func tower(_ make: CertificateMaker, _ root: MadeCertificate, height: Int) throws -> Sent {
        var authorities = [root]
        for level in 1...height { authorities.append(try make.ca("Level \(level)", by: authorities[level - 1])) }
        return send([try make.leaf(by: authorities[height])] + authorities.dropFirst().reversed(), root)
    }

    private static let anchors: [Vector] = [
        Vector("a leaf that signs itself", [.selfSigned]) { make, root in send([try make.leaf(by: nil)], root) },
        Vector("a leaf that signs itself and is trusted", []) { make, _ in
            let leaf = try make.leaf(by: nil)
            return send([leaf], leaf)
        },
        Vector("a trusted leaf whose issuer is unknown", []) { make, root in
            let leaf = try make.leaf(by: root)
            return send([leaf], leaf)
        },
        Vector("a trusted leaf that has expired", [.expired]) { make, root in
            let leaf = try make.leaf(by: root) { $0.validity = -100 * day ... -day }
            return send([leaf], leaf)
        },
        // rfc5280::root-and-intermediate-swapped
        Vector("the intermediate is trusted, the root is sent", [.extraCertificates]) { make, root in
            let authority = try make.ca("Intermediate", by: root)
            return send([try make.leaf(by: authority), root], authority)
        },
        // bettertls::pathbuilding::tc2
        Vector("the intermediate is trusted, and has an expired twin under another root", []) { make, root in
            let authority = try make.ca("Intermediate", by: nil)
            let twin = try make.ca("Intermediate", by: root) {
                $0.sharing = authority
                $0.validity = -100 * day ... -day
            }
            return send([try make.leaf(by: authority), twin], authority)
        },
        Vector("a trusted authority signed by an unknown one, its own issuer sent", []) { make, root in
            let authority = try make.ca("Intermediate", by: root)
            let lower = try make.ca("Lower", by: authority)
            return send([try make.leaf(by: lower), lower, authority, root], authority)
        },
        // rfc5280::root-missing-basic-constraints: of an anchor, name and key count (RFC 5280 §6.1.1 d).
        Vector("a root with no more than a key usage", []) { make, _ in
            let bare = try make.ca("Bare", by: nil, "basicConstraints=")
            return send([try make.leaf(by: bare)], bare)
        },
        Vector("a trusted root that has expired", [.expired]) { make, _ in
            let old = try make.ca("Old", by: nil) { $0.validity = -100 * day ... -day }
            return send([try make.leaf(by: old)], old)
        },
    ]

    /// Two certificates for the key of `Intermediate`: a bad one, sent first, and a good one.
    private static func cross(
        _ idea: String, bad: String, adjust: @escaping @Sendable (inout CertificateWish) -> Void = { _ in }
    ) -> Vector {
        Vector(idea, []) { make, root in
            let good = try make.ca("Intermediate", by: root)
            let spoiled = try make.ca("Intermediate", by: root, bad) {
                $0.sharing = good
                $0.serial = [2]
                adjust(&$0)
            }
            return send([try make.leaf(by: good), spoiled, good], root)
        }
    }

    private static let crossCertificates: [Vector] = [
        // pathological::multiple-chains-expired-intermediate
        Vector("an expired cross certificate beside the trusted root: the chain of pain", []) { make, root in
            let second = try make.ca("Second Root", by: nil)
            let cross = try make.ca("Root", by: second) {
                $0.sharing = root
                $0.validity = -100 * day ... -day
            }
            return send([try make.leaf(by: root), cross], root, second)
        },
        // bettertls::pathbuilding::tc49 to tc54, tc55 to tc60: one of two ways is spoiled
        cross("two ways, one expired", bad: "subjectKeyIdentifier=hash") { $0.validity = -100 * day ... -day },
        cross("two ways, one under a name constraint", bad: "nameConstraints=critical,permitted;DNS:example.net"),
        cross("two ways, one for mail signing", bad: "extendedKeyUsage=emailProtection"),
        cross("two ways, one without basic constraints", bad: "basicConstraints="),
        cross("two ways, one no authority", bad: "basicConstraints=critical,CA:FALSE"),
        cross("two ways, one signed with SHA-1", bad: "subjectKeyIdentifier=hash") { $0.digest = EVP_sha1() },
        Vector("four ways, the last of them good", []) { make, root in
            let good = try make.ca("Intermediate", by: root)
            let spoiled = try ["permitted;DNS:example.net", "excluded;DNS:mx.example.org", "excluded;DNS:org"].map {
                constraint in
                try make.ca("Intermediate", by: root, "nameConstraints=critical,\(constraint)") { $0.sharing = good }
            }
            return send([try make.leaf(by: good)] + spoiled + [good], root)
        },
        // rfc5280::nc::nc-forbids-alternate-chain-ica
        Vector("two ways, one to a root that is not trusted", []) { make, root in
            let other = try make.ca("Other", by: nil)
            let good = try make.ca("Intermediate", by: root)
            let cross = try make.ca("Intermediate", by: other) { $0.sharing = good }
            return send([try make.leaf(by: good), cross, good], root)
        },
        Vector("two ways, both to roots that are not trusted", [.unknownAuthority]) { make, root in
            let first = try make.ca("First", by: nil)
            let second = try make.ca("Second", by: nil)
            let authority = try make.ca("Intermediate", by: first)
            let cross = try make.ca("Intermediate", by: second) { $0.sharing = authority }
            return send([try make.leaf(by: authority), authority, cross, first, second], root)
        },
        Vector("two ways, both spoiled: what fewer things are wrong with is told", [.expired]) { make, root in
            let old = try make.ca("Intermediate", by: root) { $0.validity = -100 * day ... -day }
            let other = try make.ca("Intermediate", by: root, "extendedKeyUsage=emailProtection") {
                $0.sharing = old
                $0.validity = -100 * day ... -2 * day
            }
            return send([try make.leaf(by: old), other, old], root)
        },
        // pathological::pathological-chain-same-subject-distinct-key
        Vector("an authority of the same name and another key, sent first", []) { make, root in
            let good = try make.ca("Intermediate", by: root)
            let namesake = try make.ca("Intermediate", by: root)
            return send([try make.leaf(by: good), namesake, good], root)
        },
        Vector("the same, with no key identifiers to tell them apart", []) { make, root in
            let good = try make.ca("Intermediate", by: root, "subjectKeyIdentifier=")
            let namesake = try make.ca("Intermediate", by: root, "subjectKeyIdentifier=")
            return send([try make.leaf(by: good, "authorityKeyIdentifier="), namesake, good], root)
        },
    ]

    private static let loops: [Vector] = [
        // pathological::intermediate-cycle-distinct-cas
        Vector("two authorities that sign each other", [.incompleteChain]) { make, root in
            let one = try make.ca("One", by: nil)
            let two = try make.ca("Two", by: one)
            let cycle = try make.ca("One", by: two) { $0.sharing = one }
            return send([try make.leaf(by: one), cycle, two], root)
        },
        // cve::cve-2024-0567
        Vector("authorities that sign each other, one of them trusted", []) { make, root in
            let second = try make.ca("Second", by: nil)
            let third = try make.ca("Third", by: nil)
            let authority = try make.ca("Intermediate", by: root)
            let crosses = try [second, third].map { other in
                try make.ca("Root", by: other) { $0.sharing = root }
            }
            let back = try [("Second", second), ("Third", third)].map { name, other in
                try make.ca(name, by: root) { $0.sharing = other }
            }
            return send([try make.leaf(by: authority), authority] + crosses + back, root)
        },
        // pathological::pathological-chain-same-subject-same-key
        Vector("forty certificates of one name and key", [.unknownAuthority]) { make, root in
            let other = try make.ca("Same", by: nil)
            let same = try (1...40).map { number in
                try make.ca("Same", by: other) {
                    $0.sharing = other
                    $0.serial = [UInt8(number)]
                }
            }
            return send([try make.leaf(by: other)] + same, root)
        },
    ]
}
