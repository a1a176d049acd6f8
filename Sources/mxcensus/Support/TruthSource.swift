import CensusLab
import CensusModel
import DomainNames
import Foundation

/// The lab's truth about its own list or about a list of any names.
struct TruthSource {
    private let truth: LabTruth
    /// Nil for the lab's own list.
    private let entries: [(name: String, weight: Double)]?

    /// Reads `list` as `mxcensus import` does: doubles add their weights.
    static func load(_ truth: LabTruth, list: String?, columns: ColumnOptions) async throws -> TruthSource {
        guard let list else { return TruthSource(truth: truth, entries: nil) }
        let reading = try ListReading(files: [list], columns: columns)
        var weights: [String: Double] = [:]
        while let chunk = try await reading.next() {
            for entry in chunk { weights[entry.name.text, default: 0] += entry.weight }
        }
        try await reading.finish()
        return TruthSource(truth: truth, entries: weights.map { ($0.key, $0.value) }.sorted { $0.name < $1.name })
    }

    var summary: ScanSummary {
        guard let entries else { return truth.summary(registeredDomain: RegisteredDomains.of) }
        return truth.summary(of: entries, registeredDomain: RegisteredDomains.of)
    }

    /// JSON lines with the keys of `mxcensus export domains`.
    func writeDomains() throws {
        let lines = JSONLines()
        let write = { (domain: DomainTruth) in
            try lines.append(
                DomainLine(
                    domain: domain.domain, weight: domain.weight, status: domain.status.rawValue,
                    verdict: domain.verdict.rawValue,
                    mx: zip(domain.mx, domain.hosts).map {
                        .init(host: $0.host, preference: $0.preference, outcome: $1.outcome?.rawValue)
                    }))
        }
        if let entries {
            for entry in entries { try write(truth.domain(entry.name, weight: entry.weight)) }
        } else {
            try truth.forEachDomain(write)
        }
        try lines.flush()
    }

    /// JSON lines with the keys of `mxcensus export probes`.
    func writeAttempts() throws {
        let lines = JSONLines()
        let write = { (host: HostTruth) in
            for attempt in host.attempts {
                try lines.append(
                    AttemptLine(
                        host: host.host, address: attempt.address.description, outcome: attempt.outcome.rawValue,
                        conclusive: attempt.conclusive, starttls: attempt.starttls, verified: attempt.verified,
                        final: attempt.final))
            }
        }
        if let entries {
            try truth.forEachHost(of: entries.map(\.name), write)
        } else {
            try truth.forEachHost(write)
        }
        try lines.flush()
    }

    private struct AttemptLine: Encodable {
        let host, address, outcome: String
        let conclusive: Bool
        let starttls, verified: Bool?
        let final: Bool
    }

    private struct DomainLine: Encodable {
        struct MX: Encodable {
            let host: String
            let preference: UInt16
            let outcome: String?
        }
        let domain: String
        let weight: Double
        let status, verdict: String
        let mx: [MX]
    }
}

/// Writes values to standard output, a JSON object a line.
private final class JSONLines {
    private let output = OutputBuffer()
    private let encoder = JSONEncoder()

    init() { encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes] }

    func append(_ value: some Encodable) throws {
        let bytes = try encoder.encode(value)
        try output.append { $0 += bytes + [UInt8(ascii: "\n")] }
    }

    func flush() throws { try output.flush() }
}

/// The registered domain of a host name in text form.
enum RegisteredDomains {
    static func of(_ host: String) -> String {
        DomainName(normalized: host).map(PublicSuffixList.system.registeredDomain(of:)) ?? ""
    }
}
