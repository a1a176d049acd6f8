import CensusModel
import DomainNames
import Testing

@Suite("Normalising what a person wrote")
struct NameNormalizerTests {
    /// A-labels from RFC 5891/5892 examples, UTS #46 conformance data and the registries' own pages.
    @Test(
        "gives the domain",
        arguments: [
            ("example.org", "example.org"), ("EXAMPLE.Org", "example.org"), ("example.org.", "example.org"),
            ("  example.org\t", "example.org"), ("user@example.org", "example.org"),
            ("User Name <user@Example.ORG>", "example.org"), ("<user@example.org.>", "example.org"),
            (#""a@b"@example.org"#, "example.org"), ("@example.org", "example.org"),
            ("_dmarc.example.org", "_dmarc.example.org"), ("foo_bar.example.org", "foo_bar.example.org"),
            ("1und1.de", "1und1.de"), ("163.com", "163.com"), ("a-b.example", "a-b.example"),
            ("müller.example", "xn--mller-kva.example"), ("MÜLLER.example", "xn--mller-kva.example"),
            ("mu\u{308}ller.example", "xn--mller-kva.example"), ("straße.example", "xn--strae-oqa.example"),
            ("例え.テスト", "xn--r8jz45g.xn--zckzah"), ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("πρ.example", "xn--1xac.example"), ("ｅｘａｍｐｌｅ．ｏｒｇ", "example.org"),
            ("xn--mller-kva.example", "xn--mller-kva.example"), ("user@müller.example", "xn--mller-kva.example"),
        ])
    func accepted(text: String, name: String) throws {
        #expect(try NameNormalizer.domain(from: text).get().text == name)
    }

    @Test(
        "refuses what is no domain, each with its own reason",
        arguments: [
            ("", .empty), ("   ", .empty), (".", .emptyLabel), ("localhost", .singleLabel), ("org.", .singleLabel),
            ("http://example.org/", .url), ("example.org/path", .url), ("example.org:25", .port),
            ("192.0.2.1", .ipAddress), ("[192.0.2.1]", .ipAddress), ("user@[192.0.2.1]", .ipAddress),
            ("2001:db8::1", .ipAddress), ("[IPv6:2001:db8::1]", .ipAddress), ("１９２.0.2.1", .ipAddress),
            ("user@", .noDomainInAddress), ("a..example", .emptyLabel), (".example.org", .emptyLabel),
            ("example.org..", .emptyLabel), ("-a.example", .hyphenAtEdge), ("a-.example", .hyphenAtEdge),
            ("example.org-", .hyphenAtEdge), ("example.123", .numericTopLevel), ("1.2.3", .numericTopLevel),
            ("exa mple.org", .forbiddenCharacter(" ")), ("yahoo.{com,co.uk}", .forbiddenCharacter("{")),
            ("*.example.org", .forbiddenCharacter("*")), ("exam\u{0}ple.org", .forbiddenCharacter("\u{0}")),
            ("mü\u{0}ller.example", .forbiddenCharacter("\u{0}")),
        ] as [(String, NameProblem)])
    func refused(text: String, problem: NameProblem) {
        #expect(NameNormalizer.domain(from: text) == .failure(problem))
        #expect(!problem.description.isEmpty)
    }

    /// RFC 1035 §2.3.4.
    @Test("keeps to the limits of 63 and 253 octets")
    func limits() throws {
        let label = String(repeating: "a", count: 63)
        #expect(try NameNormalizer.domain(from: label + ".example").get().text.utf8.count == 71)
        #expect(NameNormalizer.domain(from: label + "a.example") == .failure(.labelTooLong))
        let longest = [label, label, label, String(repeating: "b", count: 61)].joined(separator: ".")
        #expect(longest.utf8.count == 253)
        #expect(try NameNormalizer.domain(from: longest + ".").get().text == longest)
        #expect(NameNormalizer.domain(from: longest + "b") == .failure(.nameTooLong))
        #expect(NameNormalizer.domain(from: String(repeating: "ü", count: 60) + ".example") == .failure(.labelTooLong))
    }

    @Test("says what libidn2 has against a Unicode name")
    func idna() {
        guard case .failure(.idna(let reason)) = NameNormalizer.domain(from: "a\u{2f800}\u{e000}.example") else {
            Issue.record("a private-use character is no part of a name")
            return
        }
        #expect(!reason.isEmpty)
    }

    @Test("refuses bytes that are not UTF-8")
    func notUTF8() {
        let bytes: [UInt8] = [0x6d, 0xfc, 0x6c] + Array(".example".utf8)
        #expect(bytes.withUnsafeBufferPointer { NameNormalizer.domain(fromUTF8: $0) } == .failure(.notUTF8))
    }
}

@Suite("The public suffix list")
struct PublicSuffixTests {
    /// From the list's own test vectors and its rules for `uk`, `ck` and `kobe.jp`; `.invalid` is under no rule.
    @Test(
        "gives the domain that was registered",
        arguments: [
            ("example.com", "example.com"), ("a.b.example.com", "example.com"), ("mx.example.co.uk", "example.co.uk"),
            ("b.test.ck", "b.test.ck"), ("a.b.test.ck", "b.test.ck"), ("www.www.ck", "www.ck"),
            ("city.kobe.jp", "city.kobe.jp"), ("a.city.kobe.jp", "city.kobe.jp"), ("com", "com"), ("co.uk", "co.uk"),
            ("example-org.mail.protection.outlook.com", "outlook.com"), ("mta5.am0.yahoodns.net", "yahoodns.net"),
            ("mx.lab.invalid", "lab.invalid"), ("shishi.xn--55qx5d.cn", "shishi.xn--55qx5d.cn"),
        ])
    func registered(name: String, domain: String) throws {
        let name = try #require(DomainName(normalized: name))
        #expect(PublicSuffixList.system.registeredDomain(of: name) == domain)
    }
}
