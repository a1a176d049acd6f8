import CensusModel
import Testing

@Suite("Escaped text")
struct EscapedTextTests {
    /// Undoes the escapes; written for the test alone.
    private func unescape(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let kind = rest.popFirst() else {
                result.append(byte)
                continue
            }
            switch kind {
            case UInt8(ascii: "r"): result.append(13)
            case UInt8(ascii: "n"): result.append(10)
            case UInt8(ascii: "t"): result.append(9)
            case UInt8(ascii: "x"):
                result.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
                rest = rest.dropFirst(2)
            default: result.append(kind)
            }
        }
        return result
    }

    @Test("gives the same bytes back, whatever they are")
    func roundTrip() {
        var generator = SplitMix(state: 1)
        let pieces: [[UInt8]] = [
            [0x5c], [0x5c, 0x78], [0], [0x7f], [13, 10], [0x1b, 0x5b], [0xc3, 0xa9], [0xe2, 0x80, 0xae],
            [0xf0, 0x9f, 0x98, 0x80],
            [0xc3], [0xe2, 0x80], [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], Array("220 mx ESMTP".utf8),
            [0xef, 0xbb, 0xbf],
        ]
        for _ in 0..<3000 {
            let bytes = (0..<Int(generator.next() % 8)).flatMap { _ in
                pieces[Int(generator.next() % UInt64(pieces.count))]
            }
            let text = EscapedText.escape(bytes)
            #expect(unescape(text) == bytes)
            // Nothing that moves a cursor, hides or reorders is left.
            let isSafe = text.unicodeScalars.allSatisfy { scalar in
                scalar.value >= 0x20 && scalar.value != 0x7f && scalar.properties.generalCategory != .format
                    && scalar.properties.generalCategory != .control
            }
            #expect(isSafe)
        }
    }

    @Test(
        "leaves ordinary text alone and shows the rest",
        arguments: [
            ("220 mx.example.org ESMTP", "220 mx.example.org ESMTP"), ("Grüße 你好 😀", "Grüße 你好 😀"),
            ("a\r\n\tb", "a\\r\\n\\tb"), ("\u{1b}[31mred", "\\x1b[31mred"), ("back\\slash", "back\\\\slash"),
            ("\u{202e}gpj.exe", "\\xe2\\x80\\xaegpj.exe"), ("a\u{200b}b", "a\\xe2\\x80\\x8bb"),
            ("\u{2028}", "\\xe2\\x80\\xa8"),
            ("\u{0}", "\\x00"), ("\u{85}", "\\xc2\\x85"), ("\u{feff}", "\\xef\\xbb\\xbf"), ("", ""),
        ])
    func examples(text: String, escaped: String) {
        #expect(EscapedText.escape(text.utf8) == escaped)
    }

    @Test("marks what it dropped")
    func limit() {
        #expect(EscapedText.escape(Array("abcdef".utf8), limit: 6) == "abcdef")
        #expect(EscapedText.escape(Array("abcdef".utf8), limit: 5) == "abcde\\…")
        // A character that is cut in two shows as its bytes.
        #expect(EscapedText.escape(Array("aé".utf8), limit: 2) == "a\\xc3\\…")
    }
}

@Suite("A domain name")
struct DomainNameTests {
    @Test(
        "is accepted in its normalised form only",
        arguments: [
            ("example.org", true), ("a", true), ("xn--mller-kva.example", true), ("_25._tcp.mx.example.org", true),
            ("1.2", true), ("Example.org", false), ("example.org.", false), ("", false), (".", false), ("a..b", false),
            (".a", false), ("müller.example", false), ("a b.example", false), ("a/b.example", false),
            ("*.example", false),
        ])
    func form(text: String, accepted: Bool) {
        #expect((DomainName(normalized: text) != nil) == accepted)
    }

    /// RFC 1035 §2.3.4.
    @Test("keeps to the limits")
    func limits() {
        let label = String(repeating: "a", count: 63)
        #expect(DomainName(normalized: label) != nil)
        #expect(DomainName(normalized: label + "a") == nil)
        let longest = [label, label, label, String(repeating: "b", count: 61)].joined(separator: ".")
        #expect(DomainName(normalized: longest) != nil)
        #expect(DomainName(normalized: longest + "b") == nil)
    }

    @Test("is ordered by bytes and knows its labels")
    func order() throws {
        let names = ["a-b.c", "a.b", "a.c", "a_b.c", "ab.c", "b"].compactMap { DomainName(normalized: $0) }
        #expect(names.shuffled().sorted() == names)
        #expect(try #require(DomainName(normalized: "mx.example.org")).labels == ["mx", "example", "org"])
    }
}
