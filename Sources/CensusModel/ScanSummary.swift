import struct Foundation.Date

/// The three weights of every row: MX hosts, domains, and the sender's mail volume.
///
/// A domain, and its mail volume, counts at one MX host: the one that a sender would deliver to, which is the most
/// preferred that answered SMTP, or the most preferred of all when none did. So rows add up.
public struct Weights: Hashable, Sendable, Codable {
    /// Unique MX hosts.
    public var hosts: Int64
    /// Domains of the list, each counted at one host.
    public var domains: Int64
    /// Sum of the list's weights: messages, or whatever the list's owner counted. 1 a domain where the list has none.
    public var volume: Double

    /// Weights of these values.
    public init(hosts: Int64 = 0, domains: Int64 = 0, volume: Double = 0) {
        self.hosts = hosts
        self.domains = domains
        self.volume = volume
    }
}

/// One scan as a person refers to it.
public struct ScanInfo: Hashable, Sendable, Codable {
    /// Where the scan is in its life.
    ///
    /// `cancelling`: nothing is leased any more, and it is `cancelled` when no lease is left.
    public enum State: String, Sendable, Codable { case running, paused, cancelling, finished, cancelled }
    /// Number of the scan in its database.
    public var id: Int64
    /// Unique in its database.
    public var name: String
    /// Name of the list that is scanned.
    public var list: String
    /// Where the scan is in its life.
    public var state: State
    /// When the scan was created, by the database's clock.
    public var startedAt: Date
    /// Nil while the scan runs.
    public var finishedAt: Date?

    /// A description of these values.
    public init(id: Int64, name: String, list: String, state: State, startedAt: Date, finishedAt: Date?) {
        self.id = id
        self.name = name
        self.list = list
        self.state = state
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }
}

/// The summary of a scan, in the form of the 2014 study.
public struct ScanSummary: Hashable, Sendable, Codable {
    /// All domains with this status.
    public struct StatusRow: Hashable, Sendable, Codable {
        /// Where the mail of these domains goes, or why that is not known.
        public var status: DomainStatus
        /// How many domains.
        public var domains: Int64
        /// The sum of their weights in the list.
        public var volume: Double

        /// A row of these values.
        public init(status: DomainStatus, domains: Int64, volume: Double) {
            self.status = status
            self.domains = domains
            self.volume = volume
        }
    }

    /// All MX hosts with this status.
    public struct HostStatusRow: Hashable, Sendable, Codable {
        /// Whether these hosts could be dialled, or why not.
        public var status: HostStatus
        /// The hosts, and what counts at them.
        public var weights: Weights

        /// A row of these values.
        public init(status: HostStatus, weights: Weights) {
            self.status = status
            self.weights = weights
        }
    }

    /// All probed hosts with this final outcome.
    public struct OutcomeRow: Hashable, Sendable, Codable {
        /// The outcome of each host's final attempt.
        public var outcome: Outcome
        /// False when the census could not look at these hosts.
        public var conclusive: Bool
        /// Whether these hosts offered STARTTLS; nil when that could not be seen.
        public var starttls: Bool?
        /// The hosts, and what counts at them.
        public var weights: Weights

        /// A row of these values.
        public init(outcome: Outcome, conclusive: Bool, starttls: Bool?, weights: Weights) {
            self.outcome = outcome
            self.conclusive = conclusive
            self.starttls = starttls
            self.weights = weights
        }
    }

    /// How often a finding occurs, whatever the outcome: a host counts in each of its findings.
    public struct FindingRow: Hashable, Sendable, Codable {
        /// What was found.
        public var finding: Finding
        /// The hosts that have it, and what counts at them.
        public var weights: Weights

        /// A row of these values.
        public init(finding: Finding, weights: Weights) {
            self.finding = finding
            self.weights = weights
        }
    }

    /// All MX hosts of one provider.
    public struct ProviderRow: Hashable, Sendable, Codable {
        /// Registered domain of the MX hosts by the public suffix list.
        public var provider: String
        /// The hosts, and what counts at them.
        public var weights: Weights
        /// The outcome of most of its probed hosts; nil when none was probed.
        public var commonestOutcome: Outcome?
        /// Hosts that offer STARTTLS, and hosts that are trusted.
        public var starttlsHosts: Int64
        /// Hosts whose final outcome is `.trusted`.
        public var trustedHosts: Int64

        /// A row of these values.
        public init(
            provider: String, weights: Weights, commonestOutcome: Outcome?, starttlsHosts: Int64, trustedHosts: Int64
        ) {
            self.provider = provider
            self.weights = weights
            self.commonestOutcome = commonestOutcome
            self.starttlsHosts = starttlsHosts
            self.trustedHosts = trustedHosts
        }
    }

    /// All domains with this verdict.
    public struct VerdictRow: Hashable, Sendable, Codable {
        /// How well mail to these domains is protected.
        public var verdict: DomainVerdict
        /// How many domains.
        public var domains: Int64
        /// The sum of their weights in the list.
        public var volume: Double

        /// A row of these values.
        public init(verdict: DomainVerdict, domains: Int64, volume: Double) {
            self.verdict = verdict
            self.domains = domains
            self.volume = volume
        }
    }

    /// All hosts that were asked once more without SNI and showed this.
    public struct SecondLookRow: Hashable, Sendable, Codable {
        /// What they showed.
        public var result: SecondLookResult
        /// The hosts, and what counts at them.
        public var weights: Weights

        /// A row of these values.
        public init(result: SecondLookResult, weights: Weights) {
            self.result = result
            self.weights = weights
        }
    }

    /// All probed hosts whose result comes from there; only in scans that share looks.
    public struct LookRow: Hashable, Sendable, Codable {
        /// Where a result comes from. The raw value is the code used in the database.
        public enum Source: String, CaseIterable, Sendable, Codable {
            /// A connection for this host.
            case own
            /// The look of another host at the same address.
            case shared
        }

        /// Where the results come from.
        public var source: Source
        /// The hosts, and what counts at them.
        public var weights: Weights

        /// A row of these values.
        public init(source: Source, weights: Weights) {
            self.source = source
            self.weights = weights
        }
    }

    /// The scan that is summed up.
    public var scan: ScanInfo
    /// Every status that occurs, in the order of `DomainStatus`.
    public var statuses: [StatusRow]
    /// Every host status that occurs, in the order of `HostStatus`. Their sum is the number of unique MX hosts.
    public var hostStatuses: [HostStatusRow]
    /// Every combination that occurs, in the order of `Outcome`.
    public var outcomes: [OutcomeRow]
    /// Every finding that occurs, in the order of `Finding`.
    public var findings: [FindingRow]
    /// Every verdict that occurs, in the order of `DomainVerdict`.
    public var verdicts: [VerdictRow]
    /// The largest providers by mail volume, descending.
    public var providers: [ProviderRow]
    /// Every result that occurs, in the order of `SecondLookResult`; empty when no host was asked again.
    public var secondLooks: [SecondLookRow]
    /// Every source that occurs, in the order of `LookRow.Source`; empty when the scan shares no looks.
    public var looks: [LookRow]

    /// A summary of these rows, which are taken in the order given.
    public init(
        scan: ScanInfo, statuses: [StatusRow], hostStatuses: [HostStatusRow], outcomes: [OutcomeRow],
        findings: [FindingRow], verdicts: [VerdictRow], providers: [ProviderRow], secondLooks: [SecondLookRow] = [],
        looks: [LookRow] = []
    ) {
        self.scan = scan
        self.statuses = statuses
        self.hostStatuses = hostStatuses
        self.outcomes = outcomes
        self.findings = findings
        self.verdicts = verdicts
        self.providers = providers
        self.secondLooks = secondLooks
        self.looks = looks
    }
}
