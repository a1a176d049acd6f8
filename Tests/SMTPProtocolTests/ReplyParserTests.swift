import CensusModel
import Testing

@testable import SMTPProtocol

@Suite("Reply parser")
struct ReplyParserTests {
    /// Feeds `text` in portions of `size` bytes and returns every result but `incomplete`.
    private func results(of text: String, portion size: Int) -> [ReplyParser.Result] {
        var parser = ReplyParser()
        var found: [ReplyParser.Result] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            let portion = Array(bytes[start..<min(start + size, bytes.count)])
            var offset = 0
            while offset < portion.count {
                let result = parser.parse(portion.span, from: &offset)
                if result != .incomplete { found.append(result) }
                if case .malformed = result { return found }
            }
        }
        return found
    }

    @Test("Replies are the same however the bytes are cut", arguments: 1...40)
    func portions(size: Int) {
        #expect(
            results(of: "220 a\r\n250-b\r\n250-\r\n250 c d\r\n421\r\n", portion: size) == [
                .reply(SMTPReply(code: 220, lines: ["a"])),
                .reply(SMTPReply(code: 250, lines: ["b", "", "c d"])),
                .reply(SMTPReply(code: 421, lines: [""])),
            ])
    }

    @Test("Parsing stops behind the reply, and the rest is left to the caller")
    func rest() {
        var parser = ReplyParser()
        var offset = 0
        let bytes = Array("220 go\r\nrest".utf8)
        #expect(parser.parse(bytes.span, from: &offset) == .reply(SMTPReply(code: 220, lines: ["go"])))
        #expect(offset == 8)
    }

    @Test(
        "What cannot become a reply is refused at its first wrong byte",
        arguments: [
            ("1", "1"), ("6", "6"), ("2x", "2x"), ("22\r", "22\\r"), ("220x", "220x"), ("220\t", "220\\t"),
            ("\n", "\\n"),
            ("\u{16}\u{3}\u{1}", "\\x16"), ("220\ra\n", "220\\ra"),
        ])
    func refused(text: String, excerpt: String) {
        #expect(results(of: text, portion: 1) == [.malformed(.notAReply(line: 1, excerpt))])
    }

    @Test("The line that is no reply is named by its number")
    func lineNumber() {
        #expect(results(of: "250-a\r\n250-b\r\nc\r\n", portion: 1) == [.malformed(.notAReply(line: 3, "c"))])
    }

    @Test("Lines of different codes are no reply")
    func inconsistent() {
        #expect(results(of: "250-a\r\n550 b\r\n", portion: 3) == [.malformed(.inconsistentCodes(250, 550))])
    }

    @Test("A line end without CR is accepted and remembered")
    func bareLineFeed() {
        var parser = ReplyParser()
        var offset = 0
        let bytes = Array("250-a\r\n250 b\n".utf8)
        #expect(parser.parse(bytes.span, from: &offset) == .reply(SMTPReply(code: 250, lines: ["a", "b"])))
        #expect(parser.sawBareLineFeed)
    }

    @Test("A line over 2,048 bytes is refused before its end", arguments: [1, 7, 4096])
    func longLine(size: Int) {
        let longest = "220 " + String(repeating: "a", count: 2042)
        #expect(
            results(of: longest + "\r\n", portion: size)
                == [.reply(SMTPReply(code: 220, lines: [String(repeating: "a", count: 2042)]))])
        #expect(results(of: longest + "aaa", portion: size) == [.malformed(.lineTooLong)])
    }

    @Test("A reply of more than 128 lines is refused")
    func manyLines() {
        let lines = String(repeating: "250-x\r\n", count: 127)
        #expect(
            results(of: lines + "250 x\r\n", portion: 100)
                == [.reply(SMTPReply(code: 250, lines: Array(repeating: "x", count: 128)))])
        #expect(results(of: lines + "250-x\r\n", portion: 100) == [.malformed(.tooManyLines)])
    }

    @Test("A reply over 32 KiB is refused; two replies under it are not")
    func largeReply() {
        let line = "250-" + String(repeating: "a", count: 2018) + "\r\n"
        let under = String(repeating: line, count: 16)
        #expect(under.utf8.count == 32_384)
        #expect(results(of: under + "250 end\r\n" + under + "250 end\r\n", portion: 4096).count == 2)
        #expect(results(of: under + line, portion: 4096) == [.malformed(.replyTooLong)])
    }

    @Test("A fault says what is wrong")
    func description() {
        #expect(ReplyFault.notAReply(line: 1, "HTTP").description == "line 1 of the reply is no SMTP: HTTP")
    }
}
