import CensusModel

extension Vector {
    private static func names(
        _ idea: String, _ findings: Set<Finding>, _ names: String, host: String = "mx.example.org",
        subject: String = "CN=mx.example.org"
    ) -> Vector {
        .leaf(idea, findings, "subjectAltName=\(names)", host: host) { $0.subject = subject }
    }

    /// The bytes of a subjectAltName with one dNSName, as x509v3_config writes raw DER.
    private static func raw(_ name: [UInt8]) -> String {
        let value: [UInt8] = [0x30, UInt8(name.count + 2), 0x82, UInt8(name.count)] + name
        return "DER:" + value.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }

    /// Whether the certificate names the host (RFC 6125 §6, RFC 9525 §6): from the bytes of a certificate to the verdict.
    static let names: [Vector] = [
        // webpki::san::exact-dns-san
        names("the host", [], "DNS:mx.example.org"),
        names("the host, in capitals", [], "DNS:MX.Example.ORG"),
        names("the host, with a final dot", [], "DNS:mx.example.org."),
        names("the host among others", [], "DNS:a.example.org,DNS:mx.example.org,IP:192.0.2.1"),
        // webpki::san::mismatch-domain-san
        names("another host", [.nameMismatch], "DNS:mx.example.net"),
        // webpki::san::mismatch-subdomain-apex-san
        names("the domain above", [.nameMismatch], "DNS:example.org"),
        // webpki::san::mismatch-apex-subdomain-san
        names("a name below", [.nameMismatch], "DNS:a.mx.example.org"),
        // webpki::san::leftmost-wildcard-san
        names("a wildcard", [.wildcard], "DNS:*.example.org"),
        names("a wildcard and the host", [], "DNS:*.example.org,DNS:mx.example.org"),
        // webpki::san::wildcard-match-across-labels-san
        names("a wildcard for two labels", [.nameMismatch], "DNS:*.example.org", host: "a.mx.example.org"),
        names("a wildcard for no label", [.nameMismatch], "DNS:*.mx.example.org"),
        // webpki::san::wildcard-embedded-leftmost-san
        names("a wildcard for a part of a label", [.nameMismatch], "DNS:m*.example.org"),
        names("a wildcard for the end of a label", [.nameMismatch], "DNS:*x.example.org"),
        // webpki::san::wildcard-not-in-leftmost-san
        names("a wildcard in the middle", [.nameMismatch], "DNS:mx.*.org"),
        names("two wildcards", [.nameMismatch], "DNS:*.*.org"),
        // webpki::san::san-wildcard-only
        names("nothing but a wildcard", [.nameMismatch], "DNS:*"),
        // webpki::san::public-suffix-wildcard-san
        names("a wildcard for a top-level domain", [.nameMismatch], "DNS:*.org", host: "example.org"),
        // webpki::san::public-suffix-multi-label-wildcard-san
        names("a wildcard for a public suffix of two labels", [.wildcard], "DNS:*.co.uk", host: "example.co.uk"),
        // webpki::san::wildcard-embedded-ulabel-san
        names(
            "a wildcard within an A-label", [.nameMismatch], "DNS:xn--*-1b3c148a.example.org",
            host: "xn--bliss-1b3c148a.example.org"),
        names("a wildcard for an A-label", [.wildcard], "DNS:*.example.org", host: "xn--mller-kva.example.org"),
        names("an A-label", [], "DNS:xn--mller-kva.example.org", host: "xn--mller-kva.example.org"),
        // webpki::san::unicode-emoji-san
        names("a U-label", [.nameMismatch], raw(Array("müller.example.org".utf8)), host: "xn--mller-kva.example.org"),
        names(
            "a Kelvin sign for a k", [.nameMismatch], raw(Array("m\u{212a}.example.org".utf8)), host: "mk.example.org"),
        // rfc5280::san::underscore-dns
        names("an underscore", [], "DNS:m_x.example.org", host: "m_x.example.org"),
        names("a NUL after the host", [.nameMismatch], raw(Array("mx.example.org\0.evil.example".utf8))),
        names("a name of 300 octets", [.nameMismatch], "DNS:" + String(repeating: "a.", count: 150) + "example.org"),
        // rfc5280::nc::nc-permits-invalid-dns-san
        names("a dot before the name", [.nameMismatch], "DNS:.mx.example.org"),
        names("a blank after the name", [.nameMismatch], raw(Array("mx.example.org ".utf8))),
        // webpki::san::no-san
        .leaf("the common name only, for want of names", [.commonNameOnly], "subjectAltName="),
        .leaf("a wildcard as the common name only", [.commonNameOnly, .wildcard], "subjectAltName=") {
            $0.subject = "CN=*.example.org"
        },
        .leaf("another common name only", [.nameMismatch], "subjectAltName=") { $0.subject = "CN=mx.example.net" },
        .leaf("a Kelvin sign in the common name", [.nameMismatch], "subjectAltName=", host: "mk.example.org") {
            $0.subject = "CN=m\u{212a}.example.org"
        },
        .leaf("the last common name of two", [.commonNameOnly], "subjectAltName=") {
            $0.subject = "CN=Mail Server/CN=mx.example.org"
        },
        .leaf("neither names nor common name", [.nameMismatch], "subjectAltName=") { $0.subject = "O=Example" },
        // webpki::cn::not-in-san, mismatch-not-in-san
        names("the host in the common name beside another name", [.nameMismatch], "DNS:other.example.org"),
        names("the host beside another common name", [], "DNS:mx.example.org", subject: "CN=Example"),
        names("an IP address only", [.nameMismatch], "IP:192.0.2.1"),
        names("the host as an URI only", [.nameMismatch], "URI:smtp://mx.example.org/"),
        names("a mail address only", [.nameMismatch], "email:postmaster@mx.example.org"),
        names("the IP address of the host as a dNSName", [.nameMismatch], "DNS:192.0.2.1"),
        // rfc5280::san::noncritical-with-empty-subject
        names("an empty subject", [], "DNS:mx.example.org", subject: ""),
        // webpki::san::san-critical-with-nonempty-subject
        names("critical names", [], "critical,DNS:mx.example.org"),
        // rfc5280::san::mismatch: an empty list names nobody, and the common name does not take its place.
        names("an empty list of names", [.nameMismatch], "DER:30:00"),
    ]
}
