import CensusLab
import CensusModel
import CensusStore
import Synchronization

/// Every row of a finished lab scan against the lab's truth, one by one.
struct LabComparison: Sendable {
    /// The truth names the addresses that may be contacted; a scan records the others too.
    private static let policy = ContactPolicy(allowed: Lab.networks)

    private(set) var hosts = 0
    private(set) var domains = 0
    private(set) var attempts = 0
    /// The first few rows that differ, in words.
    private(set) var differences: [String] = []
    private(set) var differing = 0

    var isEqual: Bool { differing == 0 }

    var text: String {
        let rows =
            "\(domains) domains, \(hosts) probed hosts and \(attempts) attempts compared one by one with the lab's truth"
        if isEqual { return "\(rows): all equal.\n" }
        return "\(rows): \(differing) differ.\n" + differences.map { "  \($0)\n" }.joined()
    }

    /// Compares the profile's own list, row by row. The truth of a row is computed when its row comes, and rows that are
    /// missing show in the numbers: so memory does not grow with the scan.
    static func run(scan: Int64, truth: LabTruth, store: Store) async throws -> LabComparison {
        let state = Mutex((comparison: LabComparison(), host: [ProbeRow]()))
        try await store.forEachProbe(scan) { row in
            state.withLock {
                if let last = $0.host.last, last.host != row.host {
                    $0.comparison.compare(truth.host(last.host), $0.host)
                    $0.host = []
                }
                $0.host.append(row)
            }
        }
        state.withLock {
            if let last = $0.host.last { $0.comparison.compare(truth.host(last.host), $0.host) }
        }
        try await store.forEachDomain(scan) { row in
            state.withLock { $0.comparison.compare(truth.listedDomain(row.domain), row) }
        }
        var comparison = state.withLock { $0.comparison }
        var dialled = 0
        truth.forEachHost { dialled += $0.attempts.isEmpty ? 0 : 1 }
        comparison.count("hosts were probed", comparison.hosts, dialled)
        comparison.count("domains have a row", comparison.domains, truth.domainCount)
        return comparison
    }

    private mutating func count(_ what: String, _ found: Int, _ expected: Int) {
        if found != expected { differ("\(found) \(what), \(expected) should") }
    }

    private mutating func compare(_ expected: HostTruth, _ rows: [ProbeRow]) {
        hosts += 1
        attempts += rows.count
        let wanted = expected.attempts.map {
            "\($0.address) \($0.outcome.rawValue) conclusive=\($0.conclusive) starttls=\(text($0.starttls)) final=\($0.final)"
        }
        let found = rows.sorted { $0.startedAt < $1.startedAt }.map {
            "\($0.address) \($0.outcome.rawValue) conclusive=\($0.conclusive) starttls=\(text($0.starttls)) final=\($0.final)"
        }
        if wanted != found {
            differ("host \(expected.host) (\(expected.behaviour ?? "-")): expected \(wanted), found \(found)")
        }
    }

    private mutating func compare(_ expected: DomainTruth?, _ row: DomainRow) {
        domains += 1
        guard let expected else { return differ("domain \(row.domain) is not in the truth") }
        let wanted =
            "\(expected.status.rawValue) \(expected.failure?.rawValue ?? "-") \(expected.verdict.rawValue) weight=\(expected.weight) "
            + zip(expected.mx, expected.hosts).map {
                "\($0.preference) \($0.host) \($1.status.rawValue) \($1.addresses) \($1.outcome?.rawValue ?? "-")"
            }.joined(separator: ", ")
        let found =
            "\(row.status.rawValue) \(row.failure?.rawValue ?? "-") \(row.verdict?.rawValue ?? "-") weight=\(row.weight) "
            + row.mx.map {
                "\($0.preference) \($0.host) \($0.status.rawValue) \($0.addresses.filter(Self.policy.permits)) \($0.outcome?.rawValue ?? "-")"
            }.joined(separator: ", ")
        if wanted != found { differ("domain \(row.domain): expected \(wanted), found \(found)") }
    }

    private mutating func differ(_ line: String) {
        differing += 1
        if differences.count < 20 { differences.append(line) }
    }

    private func text(_ value: Bool?) -> String { value.map { "\($0)" } ?? "null" }
}
