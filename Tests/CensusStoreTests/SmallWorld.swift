import CensusModel
import PostgresClient
import Testing

@testable import CensusStore

/// A scan small enough to add up by hand, with every kind of verdict in it.
enum SmallWorld {
    /// Weight, status, and MX hosts in order of preference (10, 20 …).
    static let domains: [(name: String, weight: Double, status: DomainStatus, mx: [String])] = [
        ("secure.example", 100, .mx, ["good.p1.net", "good2.p1.net"]),
        ("partly.example", 50, .mx, ["mism.p2.net", "good.p1.net"]),
        ("enc.example", 20, .mx, ["mism.p2.net", "exp.p2.net"]),
        ("fallback.example", 11, .mx, ["refused.p3.net", "plain.p3.net"]),
        ("partenc.example", 10, .mx, ["exp.p2.net", "plain.p3.net"]),
        ("plain.example", 8, .mx, ["plain.p3.net"]),
        ("unreach.example", 7, .mx, ["refused.p3.net", "noaddr.p3.net"]),
        ("unseen.example", 6, .mx, ["refused.p3.net", "blocked.p3.net"]),
        ("lost.example", 5, .mx, ["lost.p4.net"]),
        ("null.example", 4, .nullMX, []),
        ("nx.example", 3, .nxdomain, []),
        ("servfail.example", 2, .dnsFailure, []),
        ("implicit.example", 1, .implicitMX, ["implicit.example"]),
        ("literal.example", 0.5, .mx, ["192.0.2.9"]),
    ]

    static func host(_ name: String) -> HostResult {
        let provider = name == "192.0.2.9" ? "" : name.split(separator: ".").suffix(2).joined(separator: ".")
        switch name {
        case "noaddr.p3.net": return resolvedHost(name, [], status: .noAddress, provider: provider)
        case "lost.p4.net":
            return HostResult(
                host: name, resolution: .init(status: .dnsFailure, failure: .timeout), provider: provider, permitted: []
            )
        case "192.0.2.9": return resolvedHost(name, [], status: .ipLiteral, provider: provider)
        default: return resolvedHost(name, [address("192.0.2.1")], provider: provider)
        }
    }

    static func attempt(_ target: LaneTarget) -> ProbeRecord {
        switch target.host {
        case "mism.p2.net": record(target, .nameMismatch, findings: [.nameMismatch])
        case "exp.p2.net": record(target, .expired, findings: [.expired, .nameMismatch])
        case "plain.p3.net": record(target, .starttlsNotOffered, starttls: false)
        case "refused.p3.net": record(target, .refused, starttls: nil)
        case "blocked.p3.net": record(target, .greetingRejected, conclusive: false, starttls: nil)
        case "good.p1.net": record(target, findings: [.wildcard])
        default: record(target)
        }
    }

    /// Scans it all, up to but without the end.
    static func scan(_ store: Store) async throws -> ScanInfo {
        try await store.importDomains("small", domains.map { ($0.name, $0.weight) })
        let scan = try await store.createScan(name: "small", list: "small", settings: quickSettings, trustStorePEM: [])
        let worker = try await store.register()
        try await store.resolveAll(worker, answer: answer, host: host)
        while try await store.planProbes(scan.id) > 0 {}
        while let lane = try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 99).first {
            let lost = try await store.completeLanes([LaneCompletion(lease: lane, records: lane.targets.map(attempt))])
            #expect(lost.isEmpty)
        }
        return scan
    }

    private static func answer(_ name: String) -> DomainResolution {
        let domain = domains.first { $0.name == name }
        let mx = (domain?.mx ?? []).enumerated().map { MXRecord(preference: UInt16(10 + 10 * $0), host: $1) }
        return DomainResolution(
            status: domain?.status ?? .invalidName, failure: domain?.status == .dnsFailure ? .servfail : nil, mx: mx)
    }
}
