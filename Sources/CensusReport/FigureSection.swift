import CensusModel

/// One table of the summary. Its shares are all of the same whole.
public struct FigureSection: Sendable {
    /// The stable names of the sections, used as keys in JSON and in the first column of CSV.
    public enum ID: String, CaseIterable, Sendable {
        case domains, hosts, starttls, tls, failures, inconclusive
        case noService = "no_service"
        case notProbed = "not_probed"
        case verdicts, findings
        case secondLook = "second_look"
        case looks, providers
    }

    /// Its stable name.
    public let id: ID
    /// Its heading for people.
    public let title: String
    /// What the shares are shares of, in words.
    public let shareOf: String
    /// The whole.
    public let whole: Weights
    /// In the order in which they are read.
    public let rows: [FigureRow]
    /// True where rows count domains and have no hosts.
    public let countsDomains: Bool
}

/// One line of a section.
public struct FigureRow: Sendable {
    /// Stable: the code of a status, outcome, verdict or finding, a provider's name, or a word such as `unique`.
    public let code: String
    /// The code in words.
    public let label: String
    /// The counts.
    public let weights: Weights
    /// The same as shares of the section's whole.
    public let shares: Shares
    /// A part of the nearest row above with a smaller depth.
    public let depth: Int
    /// Only in the section of the providers.
    public let provider: ProviderFigures?

    init(
        _ code: String, _ label: String, _ weights: Weights, of whole: Weights, depth: Int = 0,
        provider: ProviderFigures? = nil
    ) {
        self.code = code
        self.label = label
        self.weights = weights
        self.depth = depth
        self.provider = provider
        shares = Shares(weights, of: whole)
    }
}

/// What is known of a provider beside its weights.
public struct ProviderFigures: Sendable {
    /// Nil when none of its hosts was probed.
    public let commonestOutcome: Outcome?
    /// The same as text; nil likewise.
    public let commonestLabel: String?
    /// Hosts that offer STARTTLS.
    public let starttlsHosts: Int64
    /// Hosts with trusted TLS.
    public let trustedHosts: Int64
    /// Of the provider's hosts, 0…1.
    public let starttlsShare: Double?
    /// Likewise.
    public let trustedShare: Double?
}

/// Builds the sections of `SummaryFigures`.
struct SectionBuilder {
    let summary: ScanSummary
    let parts: HostParts
    let domains: Weights
    let vocabulary: ReportVocabulary

    /// Sections without rows are left out, but for the first four.
    func sections() -> [FigureSection] {
        let optional = [failures, inconclusive, noService, notProbed, verdicts, findings, secondLook, looks, providers]
        return [domainsByStatus, hosts, starttls, tls] + optional.filter { !$0.rows.isEmpty }
    }

    private var domainsByStatus: FigureSection {
        var rows = [FigureRow("all", "all domains", domains, of: domains)]
        rows += summary.statuses.map { row in
            let weights = Weights(domains: row.domains, volume: row.volume)
            return FigureRow(row.status.rawValue, vocabulary.label(row.status), weights, of: domains, depth: 1)
        }
        return FigureSection(
            id: .domains, title: "Domains by status", shareOf: "all domains", whole: domains, rows: rows,
            countsDomains: true)
    }

    private var hosts: FigureSection {
        let whole = parts.unique
        var rows = [
            FigureRow("unique", "unique MX hosts", whole, of: whole),
            FigureRow("seen", "seen", parts.offering + parts.notOffering, of: whole, depth: 1),
            FigureRow("offering", "claim STARTTLS", parts.offering, of: whole, depth: 2),
            FigureRow("not_seen", "not seen: inconclusive", parts.notSeen, of: whole, depth: 1),
            FigureRow("no_service", "no SMTP service: certain", parts.noService, of: whole, depth: 1),
            FigureRow("not_probed", "never probed", parts.notProbed, of: whole, depth: 1),
        ]
        if parts.waiting.hosts > 0 {
            rows.append(FigureRow("waiting", "still to be probed", parts.waiting, of: whole, depth: 1))
        }
        return section(.hosts, "MX hosts", "all unique MX hosts", whole, rows)
    }

    private var starttls: FigureSection {
        let whole = parts.offering + parts.notOffering
        let without = outcomeRows(of: whole, depth: 1) { $0 == .notOffering }
        let rows =
            [
                FigureRow("offering", "claim STARTTLS", parts.offering, of: whole),
                FigureRow("not_offering", "do not claim STARTTLS", parts.notOffering, of: whole),
            ] + without
        return section(.starttls, "STARTTLS", "the hosts that could be seen", whole, rows)
    }

    private var tls: FigureSection {
        let whole = parts.offering
        var rows = [
            FigureRow("trusted", "trusted TLS", parts.trusted, of: whole),
            FigureRow("failed", "no trusted TLS", parts.failed, of: whole),
        ]
        if parts.undecided.hosts > 0 {
            rows.append(FigureRow("undecided", "inconclusive after EHLO", parts.undecided, of: whole))
        }
        return section(.tls, "Of those that claim STARTTLS", "the hosts that claim STARTTLS", whole, rows)
    }

    private var failures: FigureSection {
        let rows = outcomeRows(of: parts.failed) { $0 == .failed }
        let largestFirst = rows.enumerated().sorted { left, right in
            left.element.weights.hosts != right.element.weights.hosts
                ? left.element.weights.hosts > right.element.weights.hosts : left.offset < right.offset
        }
        return section(
            .failures, "No trusted TLS, by outcome", "the hosts that claim STARTTLS without trusted TLS", parts.failed,
            largestFirst.map(\.element))
    }

    private var inconclusive: FigureSection {
        let rows = outcomeRows(of: parts.unique) { $0 == .notSeen || $0 == .undecided }
        return section(.inconclusive, "Inconclusive, by outcome", "all unique MX hosts", parts.unique, rows)
    }

    private var noService: FigureSection {
        let rows = outcomeRows(of: parts.unique) { $0 == .noService }
        return section(.noService, "No SMTP service, by outcome", "all unique MX hosts", parts.unique, rows)
    }

    private var notProbed: FigureSection {
        let rows = summary.hostStatuses.filter { $0.status != .ok }.map { row in
            FigureRow(row.status.rawValue, vocabulary.label(row.status), row.weights, of: parts.unique)
        }
        return section(.notProbed, "Never probed, by host status", "all unique MX hosts", parts.unique, rows)
    }

    private var verdicts: FigureSection {
        let rows = summary.verdicts.map { row in
            let weights = Weights(domains: row.domains, volume: row.volume)
            return FigureRow(row.verdict.rawValue, vocabulary.label(row.verdict), weights, of: domains)
        }
        return FigureSection(
            id: .verdicts, title: "Domains by protection", shareOf: "all domains", whole: domains, rows: rows,
            countsDomains: true)
    }

    private var findings: FigureSection {
        let rows = summary.findings.map { row in
            FigureRow(row.finding.rawValue, vocabulary.label(row.finding), row.weights, of: parts.probed)
        }
        return section(.findings, "Findings, whatever the outcome", "the hosts probed", parts.probed, rows)
    }

    private var secondLook: FigureSection {
        let whole = summary.secondLooks.reduce(Weights()) { $0 + $1.weights }
        var rows = summary.secondLooks.map { row in
            FigureRow(row.result.rawValue, Self.words(row.result), row.weights, of: whole, depth: 1)
        }
        if !rows.isEmpty { rows.insert(FigureRow("asked", "asked once more, without SNI", whole, of: whole), at: 0) }
        return section(.secondLook, "A second look, without SNI", "the hosts asked again", whole, rows)
    }

    private static func words(_ result: SecondLookResult) -> String {
        switch result {
        case .same: "same certificate"
        case .other: "other certificate"
        case .noCertificate: "no certificate"
        case .unseen: "could not be looked at again"
        }
    }

    private var looks: FigureSection {
        let whole = summary.looks.reduce(Weights()) { $0 + $1.weights }
        let rows = summary.looks.map { row in
            let words =
                switch row.source {
                case .own: "a connection of their own"
                case .shared: "another host's look at the same address"
                }
            return FigureRow(row.source.rawValue, words, row.weights, of: whole)
        }
        return section(.looks, "Where results come from", "the hosts probed", whole, rows)
    }

    private var providers: FigureSection {
        let rows = summary.providers.map { row in
            FigureRow(
                row.provider, row.provider, row.weights, of: parts.unique,
                provider: ProviderFigures(
                    commonestOutcome: row.commonestOutcome, commonestLabel: row.commonestOutcome.map(vocabulary.label),
                    starttlsHosts: row.starttlsHosts, trustedHosts: row.trustedHosts,
                    starttlsShare: share(Double(row.starttlsHosts), of: Double(row.weights.hosts)),
                    trustedShare: share(Double(row.trustedHosts), of: Double(row.weights.hosts))))
        }
        return section(.providers, "Providers", "all unique MX hosts, their domains and mail", parts.unique, rows)
    }

    private func section(
        _ id: FigureSection.ID, _ title: String, _ shareOf: String, _ whole: Weights, _ rows: [FigureRow]
    ) -> FigureSection {
        FigureSection(id: id, title: title, shareOf: shareOf, whole: whole, rows: rows, countsDomains: false)
    }

    /// One row an outcome, in the order of `Outcome`, over all rows of the summary whose part is wanted.
    private func outcomeRows(
        of whole: Weights, depth: Int = 0, where wanted: (HostParts.Part) -> Bool
    ) -> [FigureRow] {
        var sums: [Outcome: Weights] = [:]
        for row in summary.outcomes where wanted(HostParts.part(of: row)) {
            sums[row.outcome, default: Weights()] = sums[row.outcome, default: Weights()] + row.weights
        }
        return Outcome.allCases.compactMap { outcome in
            sums[outcome].map { FigureRow(outcome.rawValue, vocabulary.label(outcome), $0, of: whole, depth: depth) }
        }
    }
}
