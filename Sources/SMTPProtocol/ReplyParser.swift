import CensusModel

/// Reads replies (RFC 5321 §4.2) from bytes in whatever portions they come.
///
/// Bounded: 2,048 bytes a line (the RFC grants 512), 128 lines and 32 KiB a reply. A line may end with LF alone; that is
/// accepted and remembered. Bytes that can never become a reply are refused as soon as they are seen, without waiting
/// for the end of the line.
public struct ReplyParser: Sendable {
    /// What became of the bytes given.
    public enum Result: Hashable, Sendable {
        /// All bytes were taken and the reply goes on.
        case incomplete
        case reply(SMTPReply)
        /// The parser cannot go on: the peer does not speak SMTP, or without bound.
        case malformed(ReplyFault)
    }

    /// Longest line accepted, line end included.
    public static let lineLimit = 2048
    /// Most lines accepted in a reply.
    public static let lineCountLimit = 128
    /// Most bytes accepted in a reply.
    public static let replyLimit = 32 * 1024

    /// True once a line ended with LF alone.
    public private(set) var sawBareLineFeed = false

    /// The unfinished line.
    private var line: [UInt8] = []
    /// The finished lines of the unfinished reply, escaped.
    private var texts: [String] = []
    private var code: Int?
    private var byteCount = 0

    /// A parser at the beginning of a reply.
    public init() {}

    /// Takes bytes from `offset` on, at most to the end of one reply, and moves `offset` past what was taken.
    public mutating func parse(_ bytes: Span<UInt8>, from offset: inout Int) -> Result {
        while offset < bytes.count {
            let (end, isLineEnd) = Self.portion(of: bytes, from: offset)
            append(bytes.extracting(offset..<end))
            offset = end
            // The beginning first: what a peer speaks must not depend on how much of it came at once.
            if let fault = prefixFault ?? boundsFault { return .malformed(fault) }
            if isLineEnd {
                switch finishLine() {
                case .incomplete: continue
                case .reply(let reply): return .reply(reply)
                case .malformed(let fault): return .malformed(fault)
                }
            }
        }
        return .incomplete
    }

    /// What came of an unfinished reply, for people: finished lines and the beginning of the next; empty when nothing.
    public var unfinished: [String] {
        let whole = texts.map { "\(code ?? 0)-\($0)" }
        return line.isEmpty ? whole : whole + [EscapedText.escape(line, limit: 256)]
    }

    /// The end of the line that begins at `offset`, or of the bytes.
    private static func portion(of bytes: Span<UInt8>, from offset: Int) -> (end: Int, isLineEnd: Bool) {
        var index = offset
        while index < bytes.count {
            index += 1
            if bytes[index - 1] == UInt8(ascii: "\n") { return (index, true) }
        }
        return (index, false)
    }

    private mutating func append(_ portion: Span<UInt8>) {
        byteCount += portion.count
        // What goes beyond the limit is counted but not kept.
        let kept = min(portion.count, Self.lineLimit + 1 - line.count)
        portion.extracting(0..<kept).withUnsafeBufferPointer { line.append(contentsOf: $0) }
    }

    private var boundsFault: ReplyFault? {
        if line.count > Self.lineLimit { return .lineTooLong }
        if byteCount > Self.replyLimit { return .replyTooLong }
        return nil
    }

    /// Looks at the first four bytes of the line, as far as they are there: a code, then space, hyphen or line end. A
    /// firewall that masks banners may have written an asterisk over the space (`220******`).
    private var prefixFault: ReplyFault? {
        for (index, byte) in line.prefix(4).enumerated() {
            let fits =
                switch index {
                case 0: (UInt8(ascii: "2")...UInt8(ascii: "5")).contains(byte)
                case 1, 2: (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                default: Self.separators.contains(byte)
                }
            if !fits { return .notAReply(line: texts.count + 1, EscapedText.escape(line, limit: 128)) }
        }
        return nil
    }

    private static let separators: [UInt8] = [
        UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "\r"), UInt8(ascii: "\n"), UInt8(ascii: "*"),
    ]

    /// Handles the line in `line`, which ends with LF and passed `prefixFault`.
    private mutating func finishLine() -> Result {
        line.removeLast()
        if line.last == UInt8(ascii: "\r") { line.removeLast() } else { sawBareLineFeed = true }
        defer { line.removeAll(keepingCapacity: true) }
        let separator = line.dropFirst(3).first ?? UInt8(ascii: " ")
        // A carriage return there was not the one before the line feed.
        guard separator != UInt8(ascii: "\r") else {
            return .malformed(.notAReply(line: texts.count + 1, EscapedText.escape(line, limit: 128)))
        }
        let lineCode = line.prefix(3).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        if let code, code != lineCode { return .malformed(.inconsistentCodes(code, lineCode)) }
        code = lineCode
        texts.append(EscapedText.escape(line.dropFirst(separator == UInt8(ascii: "*") ? 3 : 4)))
        if separator == UInt8(ascii: "-") {
            return texts.count < Self.lineCountLimit ? .incomplete : .malformed(.tooManyLines)
        }
        let reply = SMTPReply(code: lineCode, lines: texts)
        texts = []
        code = nil
        byteCount = 0
        return .reply(reply)
    }
}

/// Why bytes are no reply.
public enum ReplyFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The line (1…) does not begin with a reply code; its beginning, escaped.
    case notAReply(line: Int, String)
    case inconsistentCodes(Int, Int)
    case lineTooLong
    case tooManyLines
    case replyTooLong

    /// What is wrong, for people.
    public var description: String {
        switch self {
        case .notAReply(let line, let excerpt): "line \(line) of the reply is no SMTP: \(excerpt)"
        case .inconsistentCodes(let first, let other):
            "the lines of one reply have different codes, \(first) and \(other)"
        case .lineTooLong: "a line of the reply is longer than \(ReplyParser.lineLimit) bytes"
        case .tooManyLines: "the reply has more than \(ReplyParser.lineCountLimit) lines"
        case .replyTooLong: "the reply is longer than \(ReplyParser.replyLimit) bytes"
        }
    }
}
