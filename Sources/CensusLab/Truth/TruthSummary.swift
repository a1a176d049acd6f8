import CensusModel
import Foundation

extension LabTruth {
    /// The summary of a perfect scan of the whole list. `registeredDomain` gives the provider of a host name (public
    /// suffix list). At 1:1 this goes through eight million domains; memory grows with the number of providers.
    public func summary(registeredDomain: @escaping (String) -> String, topProviders: Int = 20) -> ScanSummary {
        var tally = SummaryTally(truth: self, registeredDomain: registeredDomain)
        for index in 0..<world.providers.hosts { tally.count(.pool(index)) }
        for rank in 0..<world.implicitCount { tally.count(.implicit(rank)) }
        for index in 0..<world.domains.count {
            let (kind, rank) = world.domains.kind(index)
            let itself = kind == .implicit ? LabWorld.Host.implicit(rank) : nil
            tally.count(mail(kind, world.domains.edges(index), itself), weight: world.domains.weight(index))
        }
        return tally.summary(list: configuration.profile.name, topProviders: topProviders)
    }

    /// The summary of a perfect scan of any list of normalised names. Memory grows with the list.
    public func summary(
        of list: some Sequence<(name: String, weight: Double)>, named name: String = "names",
        registeredDomain: @escaping (String) -> String, topProviders: Int = 20
    ) -> ScanSummary {
        var tally = SummaryTally(truth: self, registeredDomain: registeredDomain)
        var seen: Set<LabWorld.Host> = []
        for (domain, weight) in list {
            let mail = mail(of: domain)
            for (_, host) in mail.records where seen.insert(host).inserted { tally.count(host) }
            tally.count(mail, weight: weight)
        }
        return tally.summary(list: name, topProviders: topProviders)
    }
}

/// Adds hosts and domains up in the form of `ScanSummary`.
private struct SummaryTally {
    private struct OutcomeKey: Hashable {
        let outcome: Outcome
        let conclusive: Bool
        let starttls: Bool?
    }

    private struct ProviderSum {
        var weights = Weights()
        var outcomes: [Outcome: Int] = [:]
        var starttls: Int64 = 0
        var trusted: Int64 = 0
    }

    private let truth: LabTruth
    private let registeredDomain: (String) -> String
    private var statuses: [DomainStatus: (domains: Int64, volume: Double)] = [:]
    private var hostStatuses: [HostStatus: Weights] = [:]
    private var outcomes: [OutcomeKey: Weights] = [:]
    private var findings: [Finding: Weights] = [:]
    private var verdicts: [DomainVerdict: (domains: Int64, volume: Double)] = [:]
    private var providers: [String: ProviderSum] = [:]

    init(truth: LabTruth, registeredDomain: @escaping (String) -> String) {
        self.truth = truth
        self.registeredDomain = registeredDomain
    }

    /// Counts a host once.
    mutating func count(_ host: LabWorld.Host) {
        let row = truth.truth(of: host)
        add(Weights(hosts: 1), to: row)
        var sum = providers[registeredDomain(row.host)] ?? ProviderSum()
        if let outcome = row.outcome { sum.outcomes[outcome, default: 0] += 1 }
        sum.starttls += row.starttls == true ? 1 : 0
        sum.trusted += row.outcome == .trusted ? 1 : 0
        providers[registeredDomain(row.host)] = sum
    }

    /// Counts a domain at the host that speaks for it.
    mutating func count(_ mail: LabTruth.Mail, weight: Double) {
        let hosts = mail.records
            .map {
                (
                    record: MXRecord(preference: $0.preference, host: truth.world.name($0.host)),
                    row: truth.truth(of: $0.host)
                )
            }
            .sorted { $0.record < $1.record }
            .map(\.row)
        let states = hosts.map(FinalState.init)
        statuses[mail.status, default: (0, 0)].domains += 1
        statuses[mail.status, default: (0, 0)].volume += weight
        let verdict = TruthRules.verdict(mail.status, states)
        verdicts[verdict, default: (0, 0)].domains += 1
        verdicts[verdict, default: (0, 0)].volume += weight
        if let primary = TruthRules.primary(states) { add(Weights(domains: 1, volume: weight), to: hosts[primary]) }
    }

    private mutating func add(_ weights: Weights, to row: HostTruth) {
        hostStatuses[row.status, default: Weights()] += weights
        if let outcome = row.outcome {
            let key = OutcomeKey(outcome: outcome, conclusive: row.conclusive, starttls: row.starttls)
            outcomes[key, default: Weights()] += weights
        }
        for finding in row.findings { findings[finding, default: Weights()] += weights }
        providers[registeredDomain(row.host), default: ProviderSum()].weights += weights
    }

    // MARK: Result

    func summary(list: String, topProviders: Int) -> ScanSummary {
        let epoch = Date(timeIntervalSince1970: 0)
        return ScanSummary(
            scan: ScanInfo(id: 0, name: "truth", list: list, state: .finished, startedAt: epoch, finishedAt: epoch),
            statuses: DomainStatus.allCases.compactMap { status in
                statuses[status].map { .init(status: status, domains: $0.domains, volume: $0.volume) }
            },
            hostStatuses: HostStatus.allCases.compactMap { status in
                hostStatuses[status].map { .init(status: status, weights: $0) }
            },
            outcomes: outcomeRows,
            findings: Finding.allCases.compactMap { finding in
                findings[finding].map { .init(finding: finding, weights: $0) }
            },
            verdicts: DomainVerdict.allCases.compactMap { verdict in
                verdicts[verdict].map { .init(verdict: verdict, domains: $0.domains, volume: $0.volume) }
            },
            providers: Array(providerRows.prefix(topProviders)))
    }

    private var outcomeRows: [ScanSummary.OutcomeRow] {
        Outcome.allCases.flatMap { outcome in
            [true, false].flatMap { conclusive in
                [true, false, nil].compactMap { starttls in
                    outcomes[OutcomeKey(outcome: outcome, conclusive: conclusive, starttls: starttls)].map {
                        .init(outcome: outcome, conclusive: conclusive, starttls: starttls, weights: $0)
                    }
                }
            }
        }
    }

    /// By volume; the same volume by name.
    private var providerRows: [ScanSummary.ProviderRow] {
        providers
            .sorted {
                $0.value.weights.volume != $1.value.weights.volume
                    ? $0.value.weights.volume > $1.value.weights.volume : $0.key < $1.key
            }
            .map { name, sum in
                let most = sum.outcomes.values.max()
                return ScanSummary.ProviderRow(
                    provider: name, weights: sum.weights,
                    commonestOutcome: Outcome.allCases.first { most != nil && sum.outcomes[$0] == most },
                    starttlsHosts: sum.starttls, trustedHosts: sum.trusted)
            }
    }
}

private func += (left: inout Weights, right: Weights) {
    left.hosts += right.hosts
    left.domains += right.domains
    left.volume += right.volume
}
