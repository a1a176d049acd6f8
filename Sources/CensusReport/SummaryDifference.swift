import CensusModel

/// The parts of a summary that can be compared.
public enum SummarySection: String, CaseIterable, Sendable {
    case domainStatuses = "domain_statuses"
    case hostStatuses = "host_statuses"
    case outcomes, findings, verdicts, providers
}

/// What a scan found beside what was expected, row by row and weight by weight.
public struct SummaryDifference: Sendable {
    /// One row of one section, as found and as expected. A row that one side does not have counts as zero there.
    public struct Row: Sendable {
        /// Where the row stands.
        public let section: SummarySection
        /// Stable, for example `trusted` or `stalled inconclusive`.
        public let code: String
        /// The row in words.
        public let label: String
        /// What the scan found.
        public let found: Weights
        /// What it had to find.
        public let expected: Weights
        /// A difference beside the weights, in words: a provider's STARTTLS hosts, its commonest outcome. Nil when equal.
        public let remark: String?

        /// Counts must be the same. Volumes are sums of fractions in whatever order: equal within one part in 10⁹.
        public var isEqual: Bool {
            found.hosts == expected.hosts && found.domains == expected.domains && equalVolume && remark == nil
        }

        var equalVolume: Bool {
            let larger = max(found.volume.magnitude, expected.volume.magnitude)
            return (found.volume - expected.volume).magnitude <= larger * 1e-9
        }
    }

    /// Every row that either side has, section by section.
    public let rows: [Row]

    /// True when every row is equal.
    public var isEqual: Bool { rows.allSatisfy(\.isEqual) }

    /// Compares only `sections`.
    public init(
        found: ScanSummary, expected: ScanSummary, sections: Set<SummarySection> = Set(SummarySection.allCases),
        vocabulary: ReportVocabulary = .init()
    ) {
        rows = SummarySection.allCases.filter(sections.contains).flatMap { section in
            let left = Self.entries(section, found, vocabulary)
            let right = Self.entries(section, expected, vocabulary)
            let known = Set(right.map(\.code))
            let order = right + left.filter { !known.contains($0.code) }
            let (foundRows, expectedRows) = (Self.byCode(left), Self.byCode(right))
            return order.map { entry in
                let (found, expected) = (foundRows[entry.code], expectedRows[entry.code])
                return Row(
                    section: section, code: entry.code, label: entry.label, found: found?.weights ?? Weights(),
                    expected: expected?.weights ?? Weights(), remark: Self.remark(found, expected))
            }
        }
    }

    private struct Entry {
        let code: String
        let label: String
        let weights: Weights
        var details: [String] = []
    }

    private static func byCode(_ entries: [Entry]) -> [String: Entry] {
        Dictionary(entries.map { ($0.code, $0) }) { first, _ in first }
    }

    private static func remark(_ found: Entry?, _ expected: Entry?) -> String? {
        guard let found, let expected, found.details != expected.details else { return nil }
        let pairs = zip(found.details, expected.details).filter { $0 != $1 }
        return pairs.map { "found \($0), expected \($1)" }.joined(separator: "; ")
    }

    private static func entries(
        _ section: SummarySection, _ summary: ScanSummary, _ vocabulary: ReportVocabulary
    ) -> [Entry] {
        switch section {
        case .domainStatuses:
            summary.statuses.map { row in
                let weights = Weights(domains: row.domains, volume: row.volume)
                return Entry(code: row.status.rawValue, label: vocabulary.label(row.status), weights: weights)
            }
        case .hostStatuses:
            summary.hostStatuses.map {
                Entry(code: $0.status.rawValue, label: vocabulary.label($0.status), weights: $0.weights)
            }
        case .outcomes:
            summary.outcomes.map { outcome($0, vocabulary) }
        case .findings:
            summary.findings.map {
                Entry(code: $0.finding.rawValue, label: vocabulary.label($0.finding), weights: $0.weights)
            }
        case .verdicts:
            summary.verdicts.map { row in
                let weights = Weights(domains: row.domains, volume: row.volume)
                return Entry(code: row.verdict.rawValue, label: vocabulary.label(row.verdict), weights: weights)
            }
        case .providers:
            summary.providers.map { provider($0, vocabulary) }
        }
    }

    private static func outcome(_ row: ScanSummary.OutcomeRow, _ vocabulary: ReportVocabulary) -> Entry {
        let starttls = row.starttls.map { $0 ? "STARTTLS" : "no STARTTLS" } ?? "STARTTLS not seen"
        let code = "\(row.outcome.rawValue) \(row.conclusive ? "conclusive" : "inconclusive") \(starttls)"
        var label = vocabulary.label(row.outcome)
        if !row.conclusive { label += row.starttls == true ? ", inconclusive after EHLO" : ", inconclusive" }
        return Entry(code: code, label: label, weights: row.weights)
    }

    private static func provider(_ row: ScanSummary.ProviderRow, _ vocabulary: ReportVocabulary) -> Entry {
        Entry(
            code: row.provider, label: row.provider, weights: row.weights,
            details: [
                "\(row.starttlsHosts) STARTTLS hosts", "\(row.trustedHosts) trusted hosts",
                "mostly " + (row.commonestOutcome.map(vocabulary.label) ?? "not probed"),
            ])
    }
}
