import CensusModel

import struct Foundation.Date

/// What was judged again, and by what.
public struct RejudgeHead: Sendable {
    /// The scan.
    public let scan: ScanInfo
    /// The trust store in words: `of the scan, 142 authorities`.
    public let trustStore: String
    /// Nil: each probe at its own time.
    public let time: Date?

    /// A head of these values.
    public init(scan: ScanInfo, trustStore: String, time: Date?) {
        self.scan = scan
        self.trustStore = trustStore
        self.time = time
    }
}

/// The forms of `mxcensus rejudge`.
public enum RejudgeFormat: String, CaseIterable, Sendable {
    /// The summary, and the first of the changed attempts.
    case text
    /// One document: head, every changed attempt, summary.
    case json
    /// One line for each changed attempt; see `RejudgeWriter`.
    case csv
    /// One object for each changed attempt.
    case jsonl
}

/// Writes what judging a scan again comes to into a byte buffer, which the caller empties when it has grown large.
///
/// A changed attempt has the keys or columns `host`, `address`, `port`, `started_at`, `attempt`, `final`, `outcome`,
/// `new_outcome`, `conclusive`, `new_conclusive`, `verified`, `new_verified`, `handshake_failure`,
/// `new_handshake_failure`, `findings_gained`, `findings_lost`, `error`, `new_error`: those without `new_` are as the scan has
/// them. The JSON document has `scan` (`id`, `name`), `trust_store`, `at` (null: each probe's own time), `changes`, and
/// `summary`: `attempts`, `changed_attempts`, `hosts`, `changed_verdicts` and `changed_otherwise` (each `hosts`, `domains`,
/// `volume`), `transitions` (also `from`, `from_conclusive`, `to`, `to_conclusive`), `findings` (`finding`, `gained`, `lost`).
public struct RejudgeWriter: Sendable {
    private let format: RejudgeFormat
    private let head: RejudgeHead
    private let style: TextStyle
    private var rows = 0
    private var examples: [RejudgedRow] = []

    /// How many changed attempts the text shows.
    private static let examplesShown = 20

    /// A writer of one form; `style` is for text alone.
    public init(_ format: RejudgeFormat, head: RejudgeHead, style: TextStyle) {
        self.format = format
        self.head = head
        self.style = style
    }

    /// What comes before the first row.
    public func begin(_ bytes: inout [UInt8]) {
        switch format {
        case .text, .jsonl: break
        case .csv:
            var csv = CSVWriter(appendingTo: bytes)
            csv.header(RejudgeRows.columns)
            bytes = csv.bytes
        case .json:
            var json = JSONWriter()
            json.object { json in
                json.key("scan")
                json.object { json in
                    json.key("id")
                    json.number(head.scan.id)
                    json.key("name")
                    json.string(head.scan.name)
                }
                json.key("trust_store")
                json.string(head.trustStore)
                json.key("at")
                json.string(head.time.map { Timestamp.text($0) })
            }
            // The object stays open for the rows.
            bytes += json.bytes.dropLast() + Array(",\"changes\":[".utf8)
        }
    }

    /// One changed attempt.
    public mutating func append(_ row: RejudgedRow, _ bytes: inout [UInt8]) {
        defer { rows += 1 }
        switch format {
        case .text:
            if examples.count < Self.examplesShown { examples.append(row) }
        case .csv:
            RejudgeRows.csv(row, &bytes)
        case .jsonl:
            RejudgeRows.json(row, &bytes)
            bytes.append(UInt8(ascii: "\n"))
        case .json:
            if rows > 0 { bytes.append(UInt8(ascii: ",")) }
            RejudgeRows.json(row, &bytes)
        }
    }

    /// What comes after the last row.
    public func end(_ summary: RejudgeSummary, _ bytes: inout [UInt8]) {
        switch format {
        case .text:
            let page = RejudgeText(head: head, summary: summary, examples: examples, style: style).page()
            bytes += Array(page.utf8)
        case .csv, .jsonl: break
        case .json:
            bytes += Array("],\"summary\":".utf8) + RejudgeRows.json(summary) + Array("}\n".utf8)
        }
    }

    /// One sentence for people.
    public static func sentence(_ summary: RejudgeSummary) -> String {
        let attempts = NumberFormat.counted(summary.attempts, "attempt")
        let hosts = NumberFormat.counted(summary.hosts, "host")
        guard summary.changedAttempts > 0 else {
            return "\(attempts) at \(hosts) judged again: nothing changes."
        }
        return
            "\(attempts) at \(hosts) judged again: \(NumberFormat.counted(summary.verdicts.hosts, "host")) with another "
            + "verdict, \(NumberFormat.count(summary.others.hosts)) more with other findings only."
    }
}

/// Single values of `RejudgeWriter`.
enum RejudgeRows {
    static let columns = [
        "host", "address", "port", "started_at", "attempt", "final", "outcome", "new_outcome", "conclusive",
        "new_conclusive", "verified", "new_verified", "handshake_failure", "new_handshake_failure", "findings_gained",
        "findings_lost", "error", "new_error",
    ]

    private static func gained(_ row: RejudgedRow) -> [String] {
        row.after.findings.filter { !row.before.findings.contains($0) }.map(\.rawValue)
    }

    private static func lost(_ row: RejudgedRow) -> [String] {
        row.before.findings.filter { !row.after.findings.contains($0) }.map(\.rawValue)
    }

    static func csv(_ row: RejudgedRow, _ bytes: inout [UInt8]) {
        var csv = CSVWriter()
        swap(&bytes, &csv.bytes)
        csv.foreign(row.host)
        csv.own(row.target.address.description)
        csv.number(row.target.port)
        csv.plain { Timestamp.append(row.startedAt, milliseconds: true, to: &$0) }
        csv.number(row.attempt)
        csv.bool(row.final)
        csv.own(row.before.outcome.rawValue)
        csv.own(row.after.outcome.rawValue)
        csv.bool(row.before.conclusive)
        csv.bool(row.after.conclusive)
        csv.bool(row.before.verified)
        csv.bool(row.after.verified)
        csv.foreign(row.before.handshakeFailure?.code)
        csv.foreign(row.after.handshakeFailure?.code)
        csv.own(gained(row).joined(separator: " "))
        csv.own(lost(row).joined(separator: " "))
        csv.foreign(row.before.error)
        csv.foreign(row.after.error)
        csv.endRow()
        swap(&bytes, &csv.bytes)
    }

    static func json(_ row: RejudgedRow, _ bytes: inout [UInt8]) {
        var json = JSONWriter()
        swap(&bytes, &json.bytes)
        json.object { json in
            json.key("host")
            json.string(row.host)
            json.key("address")
            json.string(row.target.address.description)
            json.key("port")
            json.number(row.target.port)
            json.key("started_at")
            json.plainString { Timestamp.append(row.startedAt, milliseconds: true, to: &$0) }
            json.key("attempt")
            json.number(row.attempt)
            json.key("final")
            json.bool(row.final)
            verdicts(row, &json)
        }
        swap(&bytes, &json.bytes)
    }

    private static func verdicts(_ row: RejudgedRow, _ json: inout JSONWriter) {
        json.key("outcome")
        json.string(row.before.outcome.rawValue)
        json.key("new_outcome")
        json.string(row.after.outcome.rawValue)
        json.key("conclusive")
        json.bool(row.before.conclusive)
        json.key("new_conclusive")
        json.bool(row.after.conclusive)
        json.key("verified")
        json.bool(row.before.verified)
        json.key("new_verified")
        json.bool(row.after.verified)
        json.key("handshake_failure")
        json.string(row.before.handshakeFailure?.code)
        json.key("new_handshake_failure")
        json.string(row.after.handshakeFailure?.code)
        json.key("findings_gained")
        json.array(gained(row)) { $0.string($1) }
        json.key("findings_lost")
        json.array(lost(row)) { $0.string($1) }
        json.key("error")
        json.string(row.before.error)
        json.key("new_error")
        json.string(row.after.error)
    }

    static func json(_ summary: RejudgeSummary) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.key("attempts")
            json.number(summary.attempts)
            json.key("changed_attempts")
            json.number(summary.changedAttempts)
            json.key("hosts")
            json.number(summary.hosts)
            json.key("changed_verdicts")
            json.object { weights(summary.verdicts, &$0) }
            json.key("changed_otherwise")
            json.object { weights(summary.others, &$0) }
            json.key("transitions")
            json.array(RejudgeText.ordered(summary.transitions)) { json, item in
                json.object { transition(item.0, item.1, &$0) }
            }
            json.key("findings")
            json.array(Finding.allCases.filter { summary.findings[$0] != nil }) { json, finding in
                json.object { change(finding, summary.findings[finding] ?? .init(), &$0) }
            }
        }
        return json.bytes
    }

    private static func transition(
        _ transition: RejudgeSummary.Transition, _ weights: Weights, _ json: inout JSONWriter
    ) {
        json.key("from")
        json.string(transition.from.outcome.rawValue)
        json.key("from_conclusive")
        json.bool(transition.from.conclusive)
        json.key("to")
        json.string(transition.to.outcome.rawValue)
        json.key("to_conclusive")
        json.bool(transition.to.conclusive)
        self.weights(weights, &json)
    }

    private static func change(
        _ finding: Finding, _ change: RejudgeSummary.FindingChange, _ json: inout JSONWriter
    ) {
        json.key("finding")
        json.string(finding.rawValue)
        json.key("gained")
        json.number(change.gained)
        json.key("lost")
        json.number(change.lost)
    }

    private static func weights(_ weights: Weights, _ json: inout JSONWriter) {
        json.key("hosts")
        json.number(weights.hosts)
        json.key("domains")
        json.number(weights.domains)
        json.key("volume")
        json.number(weights.volume)
    }
}
