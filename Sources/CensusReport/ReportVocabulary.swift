import CensusModel

/// What the codes of the census are called, as the database's vocabulary has it. A code without a label stands for itself.
public struct ReportVocabulary: Hashable, Sendable {
    /// Labels by `DomainStatus.rawValue`.
    public var domainStatuses: [String: String]
    /// Labels by `HostStatus.rawValue`.
    public var hostStatuses: [String: String]
    /// Labels by `Outcome.rawValue`.
    public var outcomes: [String: String]
    /// Labels by `Finding.rawValue`.
    public var findings: [String: String]
    /// Labels by `DomainVerdict.rawValue`.
    public var verdicts: [String: String]
    /// By `Outcome.rawValue`: the failure class of the 2014 study that the outcome belongs to, for example `name mismatch`.
    public var studyClasses: [String: String]

    /// A vocabulary; whatever is left out stands for itself.
    public init(
        domainStatuses: [String: String] = [:], hostStatuses: [String: String] = [:], outcomes: [String: String] = [:],
        findings: [String: String] = [:], verdicts: [String: String] = [:], studyClasses: [String: String] = [:]
    ) {
        self.domainStatuses = domainStatuses
        self.hostStatuses = hostStatuses
        self.outcomes = outcomes
        self.findings = findings
        self.verdicts = verdicts
        self.studyClasses = studyClasses
    }

    func label(_ status: DomainStatus) -> String { domainStatuses[status.rawValue] ?? status.rawValue }
    func label(_ status: HostStatus) -> String { hostStatuses[status.rawValue] ?? status.rawValue }
    func label(_ outcome: Outcome) -> String { outcomes[outcome.rawValue] ?? outcome.rawValue }
    func label(_ finding: Finding) -> String { findings[finding.rawValue] ?? finding.rawValue }
    func label(_ verdict: DomainVerdict) -> String { verdicts[verdict.rawValue] ?? verdict.rawValue }
}

/// A code of the vocabulary in words for people.
public struct OutcomeWords: Hashable, Sendable {
    /// A few words.
    public var label: String
    /// What it means, in plain words.
    public var explanation: String
    /// What the postmaster can do; empty when nothing need be done.
    public var remedy: String
    /// Result type in TLS reports (RFC 8460 §4.3); nil where there is none.
    public var rfc8460: String?
    /// The section of an RFC that it is judged by; empty when there is none.
    public var reference: String

    /// Words for one code.
    public init(label: String, explanation: String, remedy: String, rfc8460: String? = nil, reference: String = "") {
        self.label = label
        self.explanation = explanation
        self.remedy = remedy
        self.rfc8460 = rfc8460
        self.reference = reference
    }
}
