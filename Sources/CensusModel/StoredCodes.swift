// The forms in which failures and replies are stored, and the way back. Written by the store, read by whoever judges
// stored observations again: what is written today must be read for ever.

extension ProbeFailure {
    /// A stable code: the kind and, where there is one, the step or reason, for example `timeout:greeting`.
    public var code: String {
        switch self {
        case .refused: "refused"
        case .unreachable: "unreachable"
        case .timeout(let step): "timeout:\(step.rawValue)"
        case .closed(let step): "closed:\(step.rawValue)"
        case .reset(let step): "reset:\(step.rawValue)"
        case .rejected(let step): "rejected:\(step.rawValue)"
        case .notSMTP: "not_smtp"
        case .protocolError(let step): "protocol_error:\(step.rawValue)"
        case .handshake(let failure): "handshake:\(failure.code)"
        case .local(let reason): "local:\(reason)"
        }
    }

    /// The failure of that `code`; nil when there is none.
    public init?(code: String) {
        // By scalars: a mark that combines with the colon must not hide it.
        guard let colon = code.unicodeScalars.firstIndex(of: ":") else {
            switch code {
            case "refused": self = .refused
            case "unreachable": self = .unreachable
            case "not_smtp": self = .notSMTP
            default: return nil
            }
            return
        }
        let kind = String(code.unicodeScalars[..<colon])
        let detail = String(code.unicodeScalars[code.unicodeScalars.index(after: colon)...])
        switch kind {
        case "handshake":
            guard let failure = HandshakeFailure(code: detail) else { return nil }
            self = .handshake(failure)
        case "local":
            self = .local(detail)
        default:
            guard let step = ProbeStep(rawValue: detail), let failure = Self.failure(of: kind, at: step) else {
                return nil
            }
            self = failure
        }
    }

    private static func failure(of kind: String, at step: ProbeStep) -> ProbeFailure? {
        switch kind {
        case "timeout": .timeout(step)
        case "closed": .closed(step)
        case "reset": .reset(step)
        case "rejected": .rejected(step)
        case "protocol_error": .protocolError(step)
        default: nil
        }
    }
}

extension HandshakeFailure {
    private static let alertPrefix = "alert_"
    private static let otherPrefix = "other: "

    /// A stable code, for example `alert_40` or `not_tls`.
    public var code: String {
        switch self {
        case .alert(let number): Self.alertPrefix + "\(number)"
        case .noCommonVersion: "no_common_version"
        case .noCommonCipher: "no_common_cipher"
        case .weakDH: "weak_dh"
        case .notTLS: "not_tls"
        case .malformed: "malformed"
        case .closed: "closed"
        case .reset: "reset"
        case .timeout: "timeout"
        case .clientCertificateRequired: "client_certificate_required"
        case .other(let reason): Self.otherPrefix + reason
        }
    }

    /// The failure of that `code`; nil when there is none.
    public init?(code: String) {
        switch code {
        case "no_common_version": self = .noCommonVersion
        case "no_common_cipher": self = .noCommonCipher
        case "weak_dh": self = .weakDH
        case "not_tls": self = .notTLS
        case "malformed": self = .malformed
        case "closed": self = .closed
        case "reset": self = .reset
        case "timeout": self = .timeout
        case "client_certificate_required": self = .clientCertificateRequired
        default:
            if let reason = Self.rest(of: code, after: Self.otherPrefix) {
                self = .other(reason)
            } else if let number = Self.rest(of: code, after: Self.alertPrefix).flatMap({ UInt8($0) }) {
                self = .alert(number)
            } else {
                return nil
            }
        }
    }

    /// By bytes, since a mark could combine with the last character of the prefix.
    private static func rest(of code: String, after prefix: String) -> String? {
        guard code.utf8.starts(with: prefix.utf8) else { return nil }
        return String(decoding: code.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }
}

extension SMTPReply {
    private static let space = UInt8(ascii: " ")
    private static let separator = Array("/".utf8)
    /// A separator that the server sent, in the form that `EscapedText` has for every byte.
    private static let escapedSeparator = Array("\\x2f".utf8)

    /// The whole reply on one line, for storage: `250 a / b`. A lone slash in the reply itself becomes `\x2f`.
    public var summary: String {
        var summary = ""
        writeSummary { summary += $0 }
        return summary
    }

    /// Hands over `summary` in pieces, for who has a place for it already: four of them are stored of each probe.
    public func writeSummary(_ write: (String) -> Void) {
        write(String(code))
        var before = " "
        for line in lines {
            write(before)
            write(
                Self.hasSlash(line)
                    ? Self.exchange(Self.separator, for: Self.escapedSeparator, in: Self.words(line.utf8)) : line)
            before = " / "
        }
        // Without lines, the code keeps its space.
        if lines.isEmpty { write(before) }
    }

    private static func hasSlash(_ line: String) -> Bool {
        line.utf8.withContiguousStorageIfAvailable { $0.contains(separator[0]) } ?? line.utf8.contains(separator[0])
    }

    /// The reply of that `summary`; nil when it is none. A reply without lines comes back with one empty line.
    public init?(summary: String) {
        // By bytes, since a mark could combine with a space.
        guard let end = summary.utf8.firstIndex(of: Self.space), let code = Int(summary[..<end]),
            (200...599).contains(code)
        else { return nil }
        let words = Self.words(summary.utf8[summary.utf8.index(after: end)...])
        let lines = words.split(separator: Self.separator, omittingEmptySubsequences: false)
        self.init(
            code: code, lines: lines.map { Self.exchange(Self.escapedSeparator, for: Self.separator, in: Array($0)) })
    }

    private static func words(_ text: some Collection<UInt8>) -> [[UInt8]] {
        text.split(separator: space, omittingEmptySubsequences: false).map { Array($0) }
    }

    private static func exchange(_ word: [UInt8], for other: [UInt8], in words: [[UInt8]]) -> String {
        String(decoding: Array(words.map { $0 == word ? other : $0 }.joined(separator: [space])), as: UTF8.self)
    }
}
