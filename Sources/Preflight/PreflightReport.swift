import Foundation

/// All checks with their results.
public struct PreflightReport: Hashable, Sendable {
    /// In the order in which they are read.
    public let checks: [CheckResult]

    /// A report of `checks`.
    public init(checks: [CheckResult]) { self.checks = checks }

    /// The worst status of all; ok when there is no check.
    public var worst: CheckStatus { checks.map(\.status).max() ?? .ok }

    /// 1 when there is any problem, else 0.
    public var exitStatus: Int32 { worst == .problem ? 1 : 0 }

    /// The page for people; ends with a line end. With `onlyTrouble`, the checks that are well are left out, and the page is
    /// empty when all are.
    /// - Parameter width: Columns of the terminal.
    /// - Parameter colour: Colours the status by ANSI sequences.
    public func text(width: Int = 80, colour: Bool = false, onlyTrouble: Bool = false) -> String {
        let shown = checks.filter { !onlyTrouble || $0.status != .ok }
        guard !shown.isEmpty else { return "" }
        let names = shown.map(\.name.count).max() ?? 0
        let column = 9 + names + 2
        let room = max(24, width - column)
        let space = String(repeating: " ", count: column)
        var lines: [String] = []
        var lastWasLong = false
        for check in shown {
            let name = check.name.padding(toLength: names, withPad: " ", startingAt: 0)
            let first = Self.status(check.status, colour) + name + "  "
            let paragraphs =
                check.status == .ok ? [check.found] : [check.found, check.why, "What to do: " + check.remedy]
            let wrapped = paragraphs.flatMap { Self.wrap($0, room) }
            // Entries of several lines stand apart; those of one line stay together.
            if !lines.isEmpty, wrapped.count > 1 || lastWasLong { lines.append("") }
            lastWasLong = wrapped.count > 1
            for (index, line) in wrapped.enumerated() { lines.append((index == 0 ? first : space) + line) }
        }
        return (lines + ["", Self.wrap(sentence, max(width, 24)).joined(separator: "\n")]).joined(separator: "\n")
            + "\n"
    }

    /// The same as JSON with the keys `status` (the worst), `checks`, and in each `name`, `status`, `found`, `why`, `remedy`.
    /// Ends with a line end.
    public func json() throws -> String {
        struct Document: Encodable {
            let status: CheckStatus
            let checks: [CheckResult]
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Document(status: worst, checks: checks)), as: UTF8.self) + "\n"
    }

    private var sentence: String {
        let problems = checks.count { $0.status == .problem }
        let warnings = checks.count { $0.status == .warning }
        let counted = { (count: Int, noun: String) in "\(count) \(noun)\(count == 1 ? "" : "s")" }
        switch (problems, warnings) {
        case (0, 0):
            return "All is well: nothing here would spoil a scan."
        case (0, _):
            return "\(counted(warnings, "warning")), no problem: a scan works, with the limits said above."
        case (_, 0):
            return "\(counted(problems, "problem")): the result of a scan from here would be wrong."
        default:
            return
                "\(counted(problems, "problem")), \(counted(warnings, "warning")): the result of a scan from here would be"
                + " wrong."
        }
    }

    private static func status(_ status: CheckStatus, _ colour: Bool) -> String {
        let word = status.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0)
        guard colour else { return word }
        let face =
            switch status {
            case .ok: "32"
            case .warning: "33"
            case .problem: "1;31"
            }
        return "\u{1b}[\(face)m\(word)\u{1b}[0m"
    }

    /// Lines of at most `columns` characters, broken at spaces; control characters are dropped. The texts are our own but for
    /// names and reasons, which are short.
    private static func wrap(_ text: String, _ columns: Int) -> [String] {
        let safe = text.unicodeScalars.filter { $0.properties.generalCategory != .control }
        var lines: [String] = []
        var line = ""
        for word in String(String.UnicodeScalarView(safe)).split(separator: " ") {
            if line.isEmpty {
                line = String(word)
            } else if line.count + 1 + word.count <= columns {
                line += " " + word
            } else {
                lines.append(line)
                line = String(word)
            }
        }
        return lines + [line]
    }
}
