import CensusModel

/// Shares of the three weights, 0…1; nil where the whole is nothing.
public struct Shares: Hashable, Sendable {
    /// Of MX hosts.
    public let hosts: Double?
    /// Of domains.
    public let domains: Double?
    /// Of mail volume.
    public let volume: Double?

    /// What part of `whole` `part` is, weight by weight.
    init(_ part: Weights, of whole: Weights) {
        hosts = share(Double(part.hosts), of: Double(whole.hosts))
        domains = share(Double(part.domains), of: Double(whole.domains))
        volume = share(part.volume, of: whole.volume)
    }
}

/// What a share can be when some hosts were not seen: if all of those were without, and if all were with.
public struct ShareInterval: Hashable, Sendable {
    /// All unknown hosts were without.
    public let low: Double
    /// All unknown hosts were with.
    public let high: Double
}

/// Every count and every share of a summary. All renderers take theirs from here, so that no two can differ.
///
/// The unique MX hosts fall into five parts, which add up:
/// - `seen`: it is known whether they offer STARTTLS. Those that do are `offering`.
/// - `notSeen`: the probe was inconclusive before that could be known. Never counted as "does not protect".
/// - `noService`: no SMTP service answers to EHLO, and that is certain (refused, not SMTP, no mail taken).
/// - `notProbed`: not dialled, by host status (no address, no such host, forbidden …).
/// - `waiting`: not probed yet; nothing once a scan is finished.
///
/// The offering hosts fall into `trusted`, `failed` (no trusted TLS, certain) and `undecided` (STARTTLS was offered, but
/// the rest was inconclusive).
public struct SummaryFigures: Sendable {
    /// The scan that was summed up.
    public let scan: ScanInfo
    /// All domains of the scan; `hosts` is 0.
    public let domains: Weights
    /// All MX hosts, probed or not.
    public let unique: Weights
    /// `offering` and `notOffering`.
    public let seen: Weights
    /// Hosts that claim STARTTLS in EHLO.
    public let offering: Weights
    /// Hosts that certainly do not, or whose offer is masked.
    public let notOffering: Weights
    /// Inconclusive before STARTTLS could be seen.
    public let notSeen: Weights
    /// Certainly no SMTP service.
    public let noService: Weights
    /// Never dialled, for their host status.
    public let notProbed: Weights
    /// Dialled later: nothing once the scan is finished.
    public let waiting: Weights
    /// All hosts with a final attempt, whatever it found.
    public let probed: Weights
    /// Offering hosts with trusted TLS.
    public let trusted: Weights
    /// Offering hosts without trusted TLS, certainly.
    public let failed: Weights
    /// Offering hosts whose TLS could not be looked at.
    public let undecided: Weights
    /// Hosts of which nothing is known: not seen, not yet probed, and those whose addresses DNS would not tell.
    public let unknown: Weights

    /// The figures in the order in which they are read.
    public let sections: [FigureSection]

    /// Works everything out; `vocabulary` gives the rows of the sections their labels.
    public init(_ summary: ScanSummary, vocabulary: ReportVocabulary = .init()) {
        let parts = HostParts(summary)
        scan = summary.scan
        domains = summary.statuses.reduce(into: Weights()) {
            $0.domains += $1.domains
            $0.volume += $1.volume
        }
        unique = parts.unique
        offering = parts.offering
        notOffering = parts.notOffering
        seen = parts.offering + parts.notOffering
        notSeen = parts.notSeen
        noService = parts.noService
        notProbed = parts.notProbed
        waiting = parts.waiting
        probed = parts.probed
        trusted = parts.trusted
        failed = parts.failed
        undecided = parts.undecided
        unknown = parts.notSeen + parts.waiting + parts.dnsFailure
        sections = SectionBuilder(summary: summary, parts: parts, domains: domains, vocabulary: vocabulary).sections()
    }

    /// Share of the hosts seen that offer STARTTLS.
    public var offeringOfSeen: Shares { Shares(offering, of: seen) }
    /// Share of all unique MX hosts that offer STARTTLS: the plain share of the 2014 study.
    public var offeringOfUnique: Shares { Shares(offering, of: unique) }
    /// Share of the offering hosts without trusted TLS.
    public var failedOfOffering: Shares { Shares(failed, of: offering) }

    /// Between which shares of hosts STARTTLS lies, if the hosts of which nothing is known were all without or all with.
    /// Nil when there is neither a host seen nor one unknown.
    public var hostsInterval: ShareInterval? {
        interval(Double(offering.hosts), seen: Double(seen.hosts), unknown: Double(unknown.hosts))
    }
    /// The same by domains.
    public var domainsInterval: ShareInterval? {
        interval(Double(offering.domains), seen: Double(seen.domains), unknown: Double(unknown.domains))
    }
    /// The same by mail volume.
    public var volumeInterval: ShareInterval? {
        interval(offering.volume, seen: seen.volume, unknown: unknown.volume)
    }
}

/// The sums of the host rows, by part.
struct HostParts {
    var unique = Weights()
    var probed = Weights()
    var offering = Weights()
    var notOffering = Weights()
    var notSeen = Weights()
    var noService = Weights()
    var notProbed = Weights()
    var dnsFailure = Weights()
    var waiting = Weights()
    var trusted = Weights()
    var failed = Weights()
    var undecided = Weights()

    enum Part { case trusted, failed, undecided, notOffering, notSeen, noService }

    /// Where a row of final outcomes belongs.
    static func part(of row: ScanSummary.OutcomeRow) -> Part {
        switch (row.starttls, row.conclusive) {
        case (true?, true): row.outcome == .trusted ? .trusted : .failed
        case (true?, false): .undecided
        case (_, false): .notSeen
        case (false?, true): .notOffering
        case (nil, true): .noService
        }
    }

    init(_ summary: ScanSummary) {
        var dialled = Weights()
        for row in summary.hostStatuses {
            unique = unique + row.weights
            switch row.status {
            case .ok:
                dialled = dialled + row.weights
            case .dnsFailure:
                dnsFailure = dnsFailure + row.weights
                notProbed = notProbed + row.weights
            case .ipLiteral, .invalidName, .noAddress, .nxdomain, .forbidden, .optedOut:
                notProbed = notProbed + row.weights
            }
        }
        for row in summary.outcomes { add(row) }
        offering = trusted + failed + undecided
        probed = offering + notOffering + notSeen + noService
        if dialled.hosts > probed.hosts { waiting = dialled.minus(probed) }
    }

    private mutating func add(_ row: ScanSummary.OutcomeRow) {
        switch Self.part(of: row) {
        case .trusted: trusted = trusted + row.weights
        case .failed: failed = failed + row.weights
        case .undecided: undecided = undecided + row.weights
        case .notOffering: notOffering = notOffering + row.weights
        case .notSeen: notSeen = notSeen + row.weights
        case .noService: noService = noService + row.weights
        }
    }
}

extension Weights {
    static func + (left: Weights, right: Weights) -> Weights {
        Weights(
            hosts: left.hosts + right.hosts, domains: left.domains + right.domains, volume: left.volume + right.volume)
    }

    /// The difference, never under nothing.
    fileprivate func minus(_ other: Weights) -> Weights {
        Weights(
            hosts: max(0, hosts - other.hosts), domains: max(0, domains - other.domains),
            volume: max(0, volume - other.volume))
    }
}

/// `part` / `whole`; nil when there is no whole.
func share(_ part: Double, of whole: Double) -> Double? { whole > 0 ? part / whole : nil }

private func interval(_ offering: Double, seen: Double, unknown: Double) -> ShareInterval? {
    guard let low = share(offering, of: seen + unknown), let high = share(offering + unknown, of: seen + unknown) else {
        return nil
    }
    return ShareInterval(low: low, high: high)
}
