import CensusModel

/// Recognises a refusal that is about the client (its rate, address, name or reputation) and not about the host.
///
/// There is no code for it: 554, 550, 521 and 421 are used for both. So the text decides, by phrases that real servers
/// use. A phrase that is missing here makes a blocked probe conclusive, hence a host that "takes no mail"; a phrase too
/// many makes one unseen host more, which is reported as such. In doubt a phrase is taken in.
public enum BlockingText {
    /// A phrase and a reply in which it occurs.
    public struct Phrase: Sendable {
        /// In lower case. Found anywhere in the reply where a word begins, whatever the case.
        public let words: String
        /// Who sends such a reply.
        public let source: String
        /// Such a reply: code and text.
        public let example: String

        init(_ words: String, _ source: String, _ example: String) {
            self.words = words
            self.source = source
            self.example = example
        }
    }

    /// True when the text of `reply`, whatever its code, speaks of the client.
    public static func isBlocking(_ reply: SMTPReply) -> Bool { phrase(in: reply) != nil }

    /// The first phrase of `phrases` that occurs in `reply`; nil when none does.
    public static func phrase(in reply: SMTPReply) -> Phrase? { phrase(in: reply, of: phrases) }

    static func phrase(in reply: SMTPReply, of phrases: [Phrase]) -> Phrase? {
        let text = words(of: reply)
        return phrases.first { occurs($0.words, in: text) }
    }

    /// The reply as one lower-case line, since servers wrap lines at will, without the host name that it begins with
    /// (RFC 5321 §4.2): a host called `spam.example.net` does not speak of spam.
    private static func words(of reply: SMTPReply) -> String {
        var words = reply.lines.joined(separator: " ").lowercased().split(separator: " ")
        if let first = words.first, first.contains("."), !first.contains("/"), first.contains(where: \.isLetter) {
            words.removeFirst()
        }
        return words.joined(separator: " ")
    }

    private static func occurs(_ phrase: String, in text: String) -> Bool {
        text.ranges(of: phrase).contains { range in
            guard range.lowerBound > text.startIndex else { return true }
            let before = text[text.index(before: range.lowerBound)]
            return !before.isLetter && !before.isNumber
        }
    }
}
