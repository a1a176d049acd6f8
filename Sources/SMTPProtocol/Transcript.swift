import CensusModel

/// Collects the dialogue for people, when asked to; otherwise costs nothing.
struct Transcript: Sendable {
    let enabled: Bool
    private(set) var lines: [TranscriptLine] = []

    init(enabled: Bool) { self.enabled = enabled }

    mutating func sent(_ command: SMTPCommand, at now: Int) { add(.sent, command.line, now) }

    /// Writes each line of the reply as it came.
    mutating func received(_ reply: SMTPReply, at now: Int) {
        guard enabled else { return }
        for (index, text) in reply.lines.enumerated() {
            let separator = index + 1 < reply.lines.count ? "-" : " "
            add(.received, "\(reply.code)\(separator)\(text)", now)
        }
    }

    /// Lines of a reply that never ended.
    mutating func received(unfinished: @autoclosure () -> [String], at now: Int) {
        guard enabled else { return }
        for text in unfinished() { add(.received, text, now) }
    }

    mutating func note(_ text: @autoclosure () -> String, at now: Int) { add(.note, text(), now) }

    private mutating func add(_ direction: TranscriptLine.Direction, _ text: @autoclosure () -> String, _ now: Int) {
        guard enabled else { return }
        lines.append(TranscriptLine(direction: direction, text: text(), milliseconds: now))
    }
}
