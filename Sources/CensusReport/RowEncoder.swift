import CensusModel

import struct Foundation.Date

/// The forms of an export.
public enum ExportFormat: String, CaseIterable, Sendable {
    /// One JSON object a line.
    case jsonl
    /// RFC 4180 with a header line; see `RowEncoder`.
    case csv
}

/// Writes export rows into a byte buffer, which the caller empties when it has grown large.
///
/// JSON lines have every key in every row, null where nothing is known. CSV has the same columns in the same order: null is
/// an empty cell, lists are joined by a space (a space inside a name is written `\x20`), `mx` and `durations_ms` are JSON
/// texts. A CSV cell whose text comes from people or the network and begins with `=`, `+`, `-`, `@`, TAB or CR has an
/// apostrophe before it, which a reader takes away again; our own numbers and codes never have one, nor has `serial`, whose
/// leading `-` is a sign before hexadecimal digits.
public struct RowEncoder: Sendable {
    /// The form of the lines.
    public let format: ExportFormat

    /// An encoder for one form.
    public init(_ format: ExportFormat) { self.format = format }

    /// The columns of a probe row.
    public static let probeColumns = [
        "scan", "host", "address", "port", "started_at", "outcome", "findings", "conclusive", "starttls", "tls_version",
        "cipher", "verified", "error", "greeting", "ehlo", "serial", "not_before", "not_after", "issuer", "subject",
        "names", "fingerprint", "durations_ms", "final", "handshake_failure", "handshake_step", "dh_bits",
        "signature_digest", "second_look", "shared_from",
    ]

    /// The columns of a domain row.
    public static let domainColumns = ["scan", "domain", "weight", "status", "mx", "verdict", "failure"]

    /// The header line of a CSV export of probes; nothing for JSON lines.
    public func appendProbeHeader(to bytes: inout [UInt8]) { appendHeader(Self.probeColumns, to: &bytes) }

    /// The header line of a CSV export of domains; nothing for JSON lines.
    public func appendDomainHeader(to bytes: inout [UInt8]) { appendHeader(Self.domainColumns, to: &bytes) }

    /// One line with its end.
    public func append(_ row: ProbeRow, to bytes: inout [UInt8]) {
        switch format {
        case .jsonl: Self.withJSON(&bytes) { Self.json(row, &$0) }
        case .csv: Self.withCSV(&bytes) { Self.csv(row, &$0) }
        }
    }

    /// One line with its end.
    public func append(_ row: DomainRow, to bytes: inout [UInt8]) {
        switch format {
        case .jsonl: Self.withJSON(&bytes) { Self.json(row, &$0) }
        case .csv: Self.withCSV(&bytes) { Self.csv(row, &$0) }
        }
    }

    private func appendHeader(_ columns: [String], to bytes: inout [UInt8]) {
        guard format == .csv else { return }
        Self.withCSV(&bytes) { csv in for column in columns { csv.own(column) } }
    }

    /// The buffer is moved into the writer and back, never copied.
    private static func withJSON(_ bytes: inout [UInt8], _ body: (inout JSONWriter) -> Void) {
        var json = JSONWriter()
        swap(&bytes, &json.bytes)
        json.object(body)
        json.bytes.append(UInt8(ascii: "\n"))
        swap(&bytes, &json.bytes)
    }

    private static func withCSV(_ bytes: inout [UInt8], _ body: (inout CSVWriter) -> Void) {
        var csv = CSVWriter()
        swap(&bytes, &csv.bytes)
        body(&csv)
        csv.endRow()
        swap(&bytes, &csv.bytes)
    }
}

extension RowEncoder {
    private static func json(_ row: DomainRow, _ json: inout JSONWriter) {
        json.key("scan")
        json.string(row.scan)
        json.key("domain")
        json.string(row.domain)
        json.key("weight")
        json.number(row.weight)
        json.key("status")
        json.string(row.status.rawValue)
        json.key("mx")
        mailHosts(row.mx, &json)
        json.key("verdict")
        json.string(row.verdict?.rawValue)
        json.key("failure")
        json.string(row.failure?.rawValue)
    }

    private static func mailHosts(_ hosts: [DomainRow.Host], _ json: inout JSONWriter) {
        json.array(hosts) { json, host in
            json.object { json in
                json.key("host")
                json.string(host.host)
                json.key("preference")
                json.number(host.preference)
                json.key("addresses")
                json.array(host.addresses) { $0.string($1.description) }
                json.key("outcome")
                json.string(host.outcome?.rawValue)
                json.key("status")
                json.string(host.status.rawValue)
            }
        }
    }

    private static func csv(_ row: DomainRow, _ csv: inout CSVWriter) {
        csv.foreign(row.scan)
        csv.foreign(row.domain)
        csv.number(row.weight)
        csv.own(row.status.rawValue)
        csv.json { mailHosts(row.mx, &$0) }
        csv.foreign(row.verdict?.rawValue)
        csv.foreign(row.failure?.rawValue)
    }
}

extension RowEncoder {
    private static func json(_ row: ProbeRow, _ json: inout JSONWriter) {
        json.key("scan")
        json.string(row.scan)
        json.key("host")
        json.string(row.host)
        json.key("address")
        json.string(row.address.description)
        json.key("port")
        json.number(row.port)
        json.key("started_at")
        json.plainString { Timestamp.append(row.startedAt, milliseconds: true, to: &$0) }
        json.key("outcome")
        json.string(row.outcome.rawValue)
        json.key("findings")
        json.array(row.findings) { $0.string($1.rawValue) }
        json.key("conclusive")
        json.bool(row.conclusive)
        json.key("starttls")
        json.bool(row.starttls)
        json.key("tls_version")
        json.string(row.tlsVersion)
        json.key("cipher")
        json.string(row.cipher)
        json.key("verified")
        json.bool(row.verified)
        json.key("error")
        json.string(row.error)
        json.key("greeting")
        json.string(row.greeting)
        json.key("ehlo")
        json.string(row.ehlo)
        jsonCertificate(row, &json)
        json.key("durations_ms")
        durations(row.durations, &json)
        json.key("final")
        json.bool(row.final)
        jsonHandshake(row, &json)
    }

    private static func jsonHandshake(_ row: ProbeRow, _ json: inout JSONWriter) {
        json.key("handshake_failure")
        json.string(row.handshakeFailure)
        json.key("handshake_step")
        json.string(row.handshakeStep?.rawValue)
        json.key("dh_bits")
        if let bits = row.dhBits { json.number(bits) } else { json.null() }
        json.key("signature_digest")
        json.string(row.signatureDigest)
        json.key("second_look")
        json.string(row.secondLook?.rawValue)
        json.key("shared_from")
        json.string(row.sharedFrom)
    }

    private static func jsonCertificate(_ row: ProbeRow, _ json: inout JSONWriter) {
        json.key("serial")
        json.string(row.serial)
        json.key("not_before")
        date(row.notBefore, &json)
        json.key("not_after")
        date(row.notAfter, &json)
        json.key("issuer")
        json.string(row.issuer)
        json.key("subject")
        json.string(row.subject)
        json.key("names")
        json.array(row.names) { $0.string($1) }
        json.key("fingerprint")
        json.string(row.fingerprint)
    }

    private static func date(_ date: Date?, _ json: inout JSONWriter) {
        guard let date else { return json.null() }
        json.plainString { Timestamp.append(date, milliseconds: false, to: &$0) }
    }

    /// In the order of the dialogue.
    static func durations(_ durations: [ProbeStep: Int], _ json: inout JSONWriter) {
        json.object { json in
            for step in ProbeStep.allCases {
                guard let milliseconds = durations[step] else { continue }
                json.key(named: step.rawValue)
                json.number(milliseconds)
            }
        }
    }

    private static func joined(_ names: [String]) -> String {
        let text = names.joined(separator: " ")
        // Only a name with a space in it makes more spaces than there are gaps.
        guard text.utf8.count(where: { $0 == UInt8(ascii: " ") }) > max(0, names.count - 1) else { return text }
        return names.map { $0.split(separator: " ", omittingEmptySubsequences: false).joined(separator: "\\x20") }
            .joined(separator: " ")
    }

    private static func csv(_ row: ProbeRow, _ csv: inout CSVWriter) {
        csv.foreign(row.scan)
        csv.foreign(row.host)
        csv.own(row.address.description)
        csv.number(row.port)
        csv.plain { Timestamp.append(row.startedAt, milliseconds: true, to: &$0) }
        csv.own(row.outcome.rawValue)
        csv.own(row.findings.map(\.rawValue).joined(separator: " "))
        csv.bool(row.conclusive)
        csv.bool(row.starttls)
        csv.foreign(row.tlsVersion)
        csv.foreign(row.cipher)
        csv.bool(row.verified)
        csv.foreign(row.error)
        csv.foreign(row.greeting)
        csv.foreign(row.ehlo)
        csv.own(row.serial ?? "")
        for date in [row.notBefore, row.notAfter] {
            csv.plain { if let date { Timestamp.append(date, milliseconds: false, to: &$0) } }
        }
        csv.foreign(row.issuer)
        csv.foreign(row.subject)
        csv.foreign(joined(row.names))
        csv.foreign(row.fingerprint)
        csv.json { durations(row.durations, &$0) }
        csv.bool(row.final)
        csv.foreign(row.handshakeFailure)
        csv.own(row.handshakeStep?.rawValue ?? "")
        if let bits = row.dhBits { csv.number(bits) } else { csv.null() }
        csv.foreign(row.signatureDigest)
        csv.own(row.secondLook?.rawValue ?? "")
        csv.foreign(row.sharedFrom)
    }
}
