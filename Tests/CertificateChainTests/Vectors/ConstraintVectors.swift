import CensusModel

extension Vector {
    /// Basic constraints, path length, key usage, name constraints, critical extensions (RFC 5280 §4.2.1).
    static let constraints: [Vector] = lengths + authorities + nameConstraints

    private static let lengths: [Vector] = [
        // pathlen::ee-with-intermediate-pathlen-0
        .leaf("pathlen 0 above a leaf", [], "keyUsage=digitalSignature", authority: pathlen(0)),
        // pathlen::intermediate-violates-pathlen-0
        Vector("pathlen 0 above an intermediate", [.constraintViolation]) { make, root in
            try two(make, root, upper: pathlen(0), lower: pathlen(0))
        },
        // pathlen::intermediate-pathlen-may-increase
        Vector("pathlen 1 above pathlen 2", []) { make, root in
            try two(make, root, upper: pathlen(1), lower: pathlen(2))
        },
        // pathlen::intermediate-pathlen-too-long
        Vector("pathlen 1 above two intermediates", [.constraintViolation]) { make, root in
            let top = try make.ca("Top", by: root, pathlen(1))
            let upper = try make.ca("Upper", by: top)
            let lower = try make.ca("Lower", by: upper)
            return send([try make.leaf(by: lower), lower, upper, top], root)
        },
        // pathlen::self-issued-certs-pathlen
        Vector("a self-issued intermediate does not count (§6.1.4 l)", []) { make, root in
            let top = try make.ca("Top", by: root, pathlen(1))
            let renewed = try make.ca("Top", by: top, pathlen(1))
            let lower = try make.ca("Lower", by: renewed, pathlen(0))
            return send([try make.leaf(by: lower), lower, renewed, top], root)
        },
        Vector("a root with pathlen 0 above an intermediate", [.constraintViolation]) { make, _ in
            let root = try make.ca("Short Root", by: nil, pathlen(0))
            let authority = try make.ca("Intermediate", by: root)
            return send([try make.leaf(by: authority), authority], root)
        },
    ]

    private static func pathlen(_ length: Int) -> String { "basicConstraints=critical,CA:TRUE,pathlen:\(length)" }

    private static func two(
        _ make: CertificateMaker, _ root: MadeCertificate, upper: String, lower: String
    ) throws -> Sent {
        let upper = try make.ca("Upper", by: root, upper)
        let lower = try make.ca("Lower", by: upper, lower)
        return send([try make.leaf(by: lower), lower, upper], root)
    }

    private static let authorities: [Vector] = [
        // rfc5280::intermediate-ca-without-ca-bit
        .leaf(
            "an intermediate with CA:FALSE", [.constraintViolation], "keyUsage=digitalSignature",
            authority: "basicConstraints=critical,CA:FALSE"),
        // rfc5280::intermediate-ca-missing-basic-constraints
        .leaf(
            "an intermediate without basic constraints", [.constraintViolation], "keyUsage=digitalSignature",
            authority: "basicConstraints="),
        // rfc5280::ica-ku-keycertsign: the one that may not sign is not taken for the issuer.
        .leaf(
            "an intermediate that may not sign certificates", [.constraintViolation], "keyUsage=digitalSignature",
            authority: "keyUsage=critical,cRLSign"),
        .leaf("an intermediate without key usage", [], "keyUsage=digitalSignature", authority: "keyUsage="),
        Vector("a leaf as issuer", [.constraintViolation]) { make, root in
            let issuer = try make.leaf(by: root, "subjectAltName=DNS:other.example.org") {
                $0.subject = "CN=other.example.org"
            }
            return send([try make.leaf(by: issuer), issuer], root)
        },
        // rfc5280::unknown-critical-extension-ee
        .leaf("an unknown critical extension", [.constraintViolation], "1.2.3.4=critical,DER:0500"),
        .leaf("an unknown extension that is not critical", [], "1.2.3.4=DER:0500"),
        // rfc5280::unknown-critical-extension-intermediate
        .leaf(
            "an unknown critical extension in the intermediate", [.constraintViolation], "keyUsage=digitalSignature",
            authority: "1.2.3.4=critical,DER:0500"),
        // rfc5280::aki::intermediate-missing-aki, rfc5280::ski::intermediate-missing-ski: real authorities lack them.
        .leaf(
            "an intermediate without key identifier", [], "authorityKeyIdentifier=", authority: "subjectKeyIdentifier="),
        // rfc5280::aki::critical-aki: §4.2.1.1 forbids it, and OpenSSL handles it no more than an unknown one.
        .leaf("a critical authority key identifier", [.constraintViolation], "authorityKeyIdentifier=critical,keyid"),
        // rfc5280::ca-as-leaf, webpki::ee-basicconstraints-ca: RFC 5280 allows what the web's profile forbids.
        .leaf("a leaf that is an authority too", [], "basicConstraints=critical,CA:TRUE"),
        // rfc5280::leaf-ku-keycertsign
        .leaf("a leaf that may sign certificates, but is no authority", [], "keyUsage=digitalSignature,keyCertSign"),
    ]

    private static func named(
        _ idea: String, _ findings: Set<Finding>, _ constraint: String, _ names: String = "DNS:mx.example.org",
        host: String = "mx.example.org"
    ) -> Vector {
        .leaf(
            idea, findings, "subjectAltName=\(names)", authority: "nameConstraints=critical,\(constraint)", host: host)
    }

    private static let nameConstraints: [Vector] = [
        // rfc5280::nc::permitted-dns-match
        named("the permitted name", [], "permitted;DNS:mx.example.org"),
        // rfc5280::nc::permitted-dns-match-more
        named("a name below the permitted one", [], "permitted;DNS:example.org"),
        // rfc5280::nc::permitted-dns-mismatch
        named("another name than the permitted one", [.constraintViolation], "permitted;DNS:example.net"),
        named(
            "a name that only ends like the permitted one", [.constraintViolation], "permitted;DNS:example.org",
            "DNS:notexample.org", host: "notexample.org"),
        named("the permitted name in capitals", [], "permitted;DNS:EXAMPLE.ORG"),
        // rfc5280::nc::excluded-dns-match
        named("the excluded name", [.constraintViolation], "excluded;DNS:mx.example.org"),
        named("a name below the excluded one", [.constraintViolation], "excluded;DNS:example.org"),
        named("another name than the excluded one", [], "excluded;DNS:example.net"),
        // rfc5280::nc::excluded-dns-match-second
        named(
            "the excluded name as second", [.constraintViolation], "excluded;DNS:no.example.org",
            "DNS:mx.example.org,DNS:no.example.org"),
        named(
            "permitted and excluded", [.constraintViolation], "permitted;DNS:example.org,excluded;DNS:mx.example.org"),
        // cve::cve-2025-61727, rfc5280::nc::nc-forbids-dnsname-wildcard-san
        named(
            "a wildcard that covers the excluded name", [.constraintViolation, .wildcard],
            "excluded;DNS:no.example.org", "DNS:*.example.org"),
        named(
            "a wildcard beside the excluded name", [.wildcard], "excluded;DNS:a.no.example.org", "DNS:*.example.org"),
        // cve::cve-2025-61727-nc-permits-variant
        named(
            "a wildcard wider than the permitted name", [.constraintViolation, .wildcard],
            "permitted;DNS:mx.example.org", "DNS:*.example.org"),
        // rfc5280::nc::permitted-ip-mismatch
        named(
            "an IP address outside the permitted network", [.constraintViolation],
            "permitted;IP:192.0.2.0/255.255.255.0", "DNS:mx.example.org,IP:198.51.100.1"),
        named(
            "an IP address within the permitted network", [], "permitted;IP:192.0.2.0/255.255.255.0",
            "DNS:mx.example.org,IP:192.0.2.1"),
        // rfc5280::nc::excluded-ipv4-match, excluded-ipv6-match
        named(
            "an excluded IP address", [.constraintViolation], "excluded;IP:192.0.2.0/255.255.255.0",
            "DNS:mx.example.org,IP:192.0.2.1"),
        named(
            "an excluded IPv6 address", [.constraintViolation], "excluded;IP:2001:db8::/ffff:ffff::",
            "DNS:mx.example.org,IP:2001:db8::1"),
        // rfc5280::nc::nc-forbids-othername, nc-forbids-othername-noop
        named(
            "an excluded name of a kind that is not understood", [.constraintViolation],
            "excluded;otherName:1.2.3.4;UTF8:x", "DNS:mx.example.org,otherName:1.2.3.4;UTF8:x"),
        named("a constraint of a kind that does not occur", [], "excluded;otherName:1.2.3.4;UTF8:x"),
        named(
            "a mail address outside the permitted domain", [.constraintViolation], "permitted;email:example.org",
            "DNS:mx.example.org,email:postmaster@example.net"),
        Vector("a common name against a name constraint, for want of names", [.constraintViolation, .commonNameOnly]) {
            make, root in
            let authority = try make.ca("Intermediate", by: root, "nameConstraints=critical,permitted;DNS:example.net")
            return send([try make.leaf(by: authority, "subjectAltName="), authority], root)
        },
        // rfc5280::nc::permitted-dns-match-noncritical
        .leaf(
            "a name constraint that is not critical binds all the same", [.constraintViolation],
            "keyUsage=digitalSignature", authority: "nameConstraints=permitted;DNS:example.net"),
        // rfc5280::nc::not-allowed-in-ee-noncritical
        .leaf("a name constraint in a leaf binds nobody", [], "nameConstraints=permitted;DNS:example.net"),
        Vector("a name constraint of the root binds too", [.constraintViolation]) { make, _ in
            let root = try make.ca("Bound Root", by: nil, "nameConstraints=critical,permitted;DNS:example.net")
            return send([try make.leaf(by: root)], root)
        },
    ]

    /// Purposes (RFC 5280 §4.2.1.3, §4.2.1.12).
    static let purposes: [Vector] = [
        // rfc5280::eku::ee-wrong-eku
        .leaf("a leaf for clients", [.wrongPurpose], "extendedKeyUsage=clientAuth"),
        .leaf("a leaf for clients and servers", [], "extendedKeyUsage=clientAuth,serverAuth"),
        // rfc5280::eku::ee-without-eku
        .leaf("a leaf without extended key usage", [], "extendedKeyUsage="),
        // webpki::eku::ee-critical-eku
        .leaf("a critical extended key usage", [], "extendedKeyUsage=critical,serverAuth"),
        // webpki::eku::ee-anyeku: §4.2.1.12 lets an application insist on its purpose, and OpenSSL does.
        .leaf("a leaf for any purpose, servers not named", [.wrongPurpose], "extendedKeyUsage=anyExtendedKeyUsage"),
        .leaf("any purpose, and servers named", [], "extendedKeyUsage=anyExtendedKeyUsage,serverAuth"),
        // bettertls: INVALID_REASON_BAD_EKU
        .leaf(
            "an intermediate for mail signing", [.wrongPurpose], "keyUsage=digitalSignature",
            authority: "extendedKeyUsage=emailProtection"),
        .leaf(
            "an intermediate for servers", [], "keyUsage=digitalSignature", authority: "extendedKeyUsage=serverAuth"),
        // pathlen::validation-ignores-pathlen-in-leaf, webpki::ca-as-leaf
        .leaf("a leaf whose key may only sign certificates", [.wrongPurpose], "keyUsage=critical,keyCertSign"),
        .leaf("a leaf whose key may only encipher keys", [], "keyUsage=critical,keyEncipherment"),
        // rfc5280::no-keyusage
        .leaf("a leaf without key usage", [], "keyUsage="),
    ]
}
