import struct Foundation.Date

/// The three weights of every row: MX hosts, domains, and the sender's mail volume.
///
/// A domain, and its mail volume, counts at one MX host: the one that a sender would deliver to, which is the most
/// preferred that answered SMTP, or the most preferred of all when none did. So rows add up.
public struct Weights: Hashable, Sendable, Codable {
    public var hosts: Int64
    public var domains: Int64
    /// Sum of the list's weights: messages, or whatever the list's owner counted. 1 a domain where the list has none.
    public var volume: Double

    public init(hosts: Int64 = 0, domains: Int64 = 0, volume: Double = 0) {
        self.hosts = hosts
        self.domains = domains
        self.volume = volume
    }
}

/// One scan as a person refers to it.
public struct ScanInfo: Hashable, Sendable, Codable {
    public enum State: String, Sendable, Codable { case running, paused, finished, cancelled }
    public var id: Int64
    public var name: String
    public var list: String
    public var state: State
    public var startedAt: Date
    /// Nil while the scan runs.
    public var finishedAt: Date?

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
    public struct StatusRow: Hashable, Sendable, Codable {
        public var status: DomainStatus
        public var domains: Int64
        public var volume: Double

        public init(status: DomainStatus, domains: Int64, volume: Double) {
            self.status = status
            self.domains = domains
            self.volume = volume
        }
    }

    public struct HostStatusRow: Hashable, Sendable, Codable {
        public var status: HostStatus
        public var weights: Weights

        public init(status: HostStatus, weights: Weights) {
            self.status = status
            self.weights = weights
        }
    }

    /// All probed hosts with this final outcome.
    public struct OutcomeRow: Hashable, Sendable, Codable {
        public var outcome: Outcome
        public var conclusive: Bool
        /// Whether these hosts offered STARTTLS; nil when that could not be seen.
        public var starttls: Bool?
        public var weights: Weights

        public init(outcome: Outcome, conclusive: Bool, starttls: Bool?, weights: Weights) {
            self.outcome = outcome
            self.conclusive = conclusive
            self.starttls = starttls
            self.weights = weights
        }
    }

    /// How often a finding occurs, whatever the outcome: a host counts in each of its findings.
    public struct FindingRow: Hashable, Sendable, Codable {
        public var finding: Finding
        public var weights: Weights

        public init(finding: Finding, weights: Weights) {
            self.finding = finding
            self.weights = weights
        }
    }

    public struct ProviderRow: Hashable, Sendable, Codable {
        /// Registered domain of the MX hosts by the public suffix list.
        public var provider: String
        public var weights: Weights
        /// The outcome of most of its probed hosts; nil when none was probed.
        public var commonestOutcome: Outcome?
        /// Hosts that offer STARTTLS, and hosts that are trusted.
        public var starttlsHosts: Int64
        public var trustedHosts: Int64

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

    public struct VerdictRow: Hashable, Sendable, Codable {
        public var verdict: DomainVerdict
        public var domains: Int64
        public var volume: Double

        public init(verdict: DomainVerdict, domains: Int64, volume: Double) {
            self.verdict = verdict
            self.domains = domains
            self.volume = volume
        }
    }

    public var scan: ScanInfo
    /// Every status that occurs, in the order of `DomainStatus`.
    public var statuses: [StatusRow]
    /// Every host status that occurs, in the order of `HostStatus`. Their sum is the number of unique MX hosts.
    public var hostStatuses: [HostStatusRow]
    /// Every combination that occurs, in the order of `Outcome`.
    public var outcomes: [OutcomeRow]
    public var findings: [FindingRow]
    public var verdicts: [VerdictRow]
    /// The largest providers by mail volume, descending.
    public var providers: [ProviderRow]

    public init(
        scan: ScanInfo, statuses: [StatusRow], hostStatuses: [HostStatusRow], outcomes: [OutcomeRow],
        findings: [FindingRow], verdicts: [VerdictRow], providers: [ProviderRow]
    ) {
        self.scan = scan
        self.statuses = statuses
        self.hostStatuses = hostStatuses
        self.outcomes = outcomes
        self.findings = findings
        self.verdicts = verdicts
        self.providers = providers
    }
}
