import CensusModel
import SMTPProtocol

/// The reply parser, fed with the input as one stream.
///
/// Promises: the portions in which bytes come make no difference; a reply's escaped lines are exactly the bytes that
/// were taken for it; everything is bounded.
enum ReplyParserBody {
    static func run(_ input: [UInt8]) throws {
        let whole = try Reading(input, portion: max(1, input.count))
        for portion in [1, 5] {
            let other = try Reading(input, portion: portion)
            try holds(other == whole, "portions of \(portion) bytes are read as \(other), the whole as \(whole)")
        }
        var rest = input[...]
        for item in whole.replies {
            try check(item.reply, against: rest.prefix(item.length))
            rest = rest.dropFirst(item.length)
        }
    }

    /// What became of a stream.
    private struct Reading: Equatable {
        struct Item: Equatable {
            let reply: SMTPReply
            /// Bytes that were taken for it.
            let length: Int
        }

        var replies: [Item] = []
        /// Whether the parser gave up. The reason may depend on the portions, where two limits are passed at once.
        var isMalformed = false
        var sawBareLineFeed = false

        init(_ input: [UInt8], portion: Int) throws {
            var parser = ReplyParser()
            var taken = 0
            for start in stride(from: 0, to: input.count, by: portion) where !isMalformed {
                let bytes = Array(input[start..<min(start + portion, input.count)])
                var offset = 0
                while offset < bytes.count, !isMalformed {
                    let before = offset
                    let result = parser.parse(bytes.span, from: &offset)
                    try holds(offset > before && offset <= bytes.count, "the parser moved from \(before) to \(offset)")
                    taken += offset - before
                    switch result {
                    case .incomplete:
                        try holds(offset == bytes.count, "incomplete, and \(bytes.count - offset) bytes not taken")
                    case .reply(let reply):
                        replies.append(Item(reply: reply, length: taken))
                        taken = 0
                    case .malformed(let fault):
                        isMalformed = true
                        try HostileText.check(fault.description, limit: 1024, "the fault")
                    }
                }
            }
            for text in parser.unfinished { try HostileText.check(text, limit: 16384, "the unfinished reply") }
            // Where the parser gave up, later line ends may or may not have been seen.
            sawBareLineFeed = !isMalformed && parser.sawBareLineFeed
        }
    }

    private static func check(_ reply: SMTPReply, against bytes: ArraySlice<UInt8>) throws {
        try holds((200...599).contains(reply.code), "a reply with code \(reply.code)")
        try holds((1...ReplyParser.lineCountLimit).contains(reply.lines.count), "\(reply.lines.count) lines")
        try holds(bytes.count <= ReplyParser.replyLimit, "a reply of \(bytes.count) bytes")
        try holds(bytes.last == 0x0a, "a reply that does not end with its line")
        let lines = bytes.dropLast().split(separator: 0x0a, omittingEmptySubsequences: false)
        try holds(lines.count == reply.lines.count, "\(reply.lines.count) lines of \(lines.count) sent")
        for (raw, text) in zip(lines, reply.lines) {
            let line = raw.last == 0x0d ? raw.dropLast() : raw
            try HostileText.check(text, limit: 4 * ReplyParser.lineLimit, "a line of a reply")
            try holds(
                HostileText.original(of: text) == Array(Self.text(of: line)), "the line \(Array(line)) became \(text)")
            try holds(line.prefix(3).elementsEqual("\(reply.code)".utf8), "the line \(Array(line)) has another code")
        }
        try checkKeywords(reply, lines.dropFirst())
    }

    /// What follows the code and its separator. An asterisk there is a masked banner's, and part of the text.
    private static func text(of line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        line.dropFirst(line.dropFirst(3).first == UInt8(ascii: "*") ? 3 : 4)
    }

    /// STARTTLS is offered by a line that holds just it, and never without the word in a line after the first.
    private static func checkKeywords(_ reply: SMTPReply, _ lines: ArraySlice<ArraySlice<UInt8>>) throws {
        let keywords = EHLOKeywords(reply)
        let texts = lines.map { String(decoding: text(of: $0), as: UTF8.self).uppercased() }
        let plain = texts.contains { $0 == "STARTTLS" || $0 == "STARTTLS\r" }
        try holds(!plain || keywords.offersSTARTTLS, "STARTTLS was not seen in \(reply.lines)")
        let anywhere = texts.contains { $0.contains("STARTTLS") }
        try holds(anywhere || !keywords.offersSTARTTLS, "STARTTLS was seen in \(reply.lines)")
        try holds(keywords.maskedKeyword.map { $0.utf8.count == 8 } ?? true, "a masked keyword of another length")
    }
}
