import CensusModel
import PostgresClient
import Testing

@testable import CensusStore

/// What one scan of a series finds at a domain `x.example`, whose only MX host is `mx.x.example`.
enum Found {
    case trusted, broken, unseen
    /// The domain takes no mail (null MX).
    case noMail
    /// The domain's MX could not be looked up.
    case lost
}

extension Store {
    /// A whole scan of the list "weekly", which gets the domains of `found`, from its begin to its end.
    ///
    /// - Parameter chains: certificates of hosts, by the first label of the domain.
    @discardableResult
    func week(_ name: String, _ found: [String: Found], chains: [String: [[UInt8]]] = [:]) async throws -> ScanInfo {
        let scan = try await begin(name, found)
        let worker = try await register()
        try await resolveAll(
            worker, answer: { Self.answer(found, $0) }, host: { resolvedHost($0, [address("192.0.2.1")]) })
        _ = try await planProbes(scan.id)
        try await passTime()
        let lanes = try await leaseLanes(worker, maxLanes: 9, maxTargetsPerLane: 99)
        let records = lanes.map { lane in
            LaneCompletion(lease: lane, records: lane.targets.map { Self.attempt(found, chains, $0) })
        }
        #expect(try await completeLanes(records) == [])
        #expect(try await finishIfComplete(scan.id))
        return try #require(try await findScan(id: scan.id))
    }

    func begin(_ name: String, _ found: [String: Found]) async throws -> ScanInfo {
        try await importDomains("weekly", found.keys.sorted().map { ("\($0).example", 1) })
        return try await createScan(name: name, list: "weekly", settings: quickSettings, trustStorePEM: [])
    }

    private static func answer(_ found: [String: Found], _ domain: String) -> DomainResolution {
        switch found[String(domain.prefix { $0 != "." })] {
        case .trusted, .broken, .unseen: .init(status: .mx, mx: [MXRecord(preference: 1, host: "mx.\(domain)")])
        case .noMail: .init(status: .nullMX)
        case .lost: .init(status: .dnsFailure, failure: .servfail)
        // In the list since an earlier scan.
        case nil: .init(status: .nxdomain)
        }
    }

    private static func attempt(
        _ found: [String: Found], _ chains: [String: [[UInt8]]], _ target: LaneTarget
    ) -> ProbeRecord {
        let key = String(target.host.dropFirst(3).prefix { $0 != "." })
        let chain = chains[key] ?? []
        return switch found[key] {
        case .trusted: record(target, chain: chain)
        case .unseen: record(target, .greetingRejected, conclusive: false, starttls: nil)
        default: record(target, .nameMismatch, findings: [.nameMismatch], chain: chain)
        }
    }
}
