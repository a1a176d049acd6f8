import CensusModel
import CensusRules
import DatabaseTestSupport
import PostgresClient
import Testing

@testable import CensusStore

@Suite("Roll-up")
struct RollUpTests {
    /// Added up by hand from the table in `SmallWorld`.
    private func expected(_ scan: ScanInfo) -> ScanSummary {
        ScanSummary(
            scan: scan,
            statuses: [
                .init(status: .mx, domains: 10, volume: 217.5), .init(status: .implicitMX, domains: 1, volume: 1),
                .init(status: .nullMX, domains: 1, volume: 4), .init(status: .nxdomain, domains: 1, volume: 3),
                .init(status: .dnsFailure, domains: 1, volume: 2),
            ],
            hostStatuses: [
                .init(status: .ok, weights: .init(hosts: 8, domains: 9, volume: 213)),
                .init(status: .ipLiteral, weights: .init(hosts: 1, domains: 1, volume: 0.5)),
                .init(status: .noAddress, weights: .init(hosts: 1, domains: 0, volume: 0)),
                .init(status: .dnsFailure, weights: .init(hosts: 1, domains: 1, volume: 5)),
            ],
            outcomes: [
                .init(
                    outcome: .refused, conclusive: true, starttls: nil, weights: .init(hosts: 1, domains: 1, volume: 7)),
                .init(
                    outcome: .greetingRejected, conclusive: false, starttls: nil,
                    weights: .init(hosts: 1, domains: 1, volume: 6)),
                .init(
                    outcome: .starttlsNotOffered, conclusive: true, starttls: false,
                    weights: .init(hosts: 1, domains: 2, volume: 19)),
                .init(
                    outcome: .expired, conclusive: true, starttls: true,
                    weights: .init(hosts: 1, domains: 1, volume: 10)),
                .init(
                    outcome: .nameMismatch, conclusive: true, starttls: true,
                    weights: .init(hosts: 1, domains: 2, volume: 70)),
                .init(
                    outcome: .trusted, conclusive: true, starttls: true,
                    weights: .init(hosts: 3, domains: 2, volume: 101)),
            ],
            findings: [
                .init(finding: .expired, weights: .init(hosts: 1, domains: 1, volume: 10)),
                .init(finding: .nameMismatch, weights: .init(hosts: 2, domains: 3, volume: 80)),
                .init(finding: .wildcard, weights: .init(hosts: 1, domains: 1, volume: 100)),
            ],
            verdicts: [
                .init(verdict: .secure, domains: 2, volume: 101), .init(verdict: .partlySecure, domains: 1, volume: 50),
                .init(verdict: .encrypted, domains: 1, volume: 20),
                .init(verdict: .partlyEncrypted, domains: 1, volume: 10),
                .init(verdict: .plain, domains: 2, volume: 19), .init(verdict: .unreachable, domains: 2, volume: 7.5),
                .init(verdict: .unseen, domains: 2, volume: 11), .init(verdict: .noMail, domains: 2, volume: 7),
                .init(verdict: .unresolved, domains: 1, volume: 2),
            ],
            providers: [
                provider("p1.net", .init(hosts: 2, domains: 1, volume: 100), .trusted, starttls: 2, trusted: 2),
                provider("p2.net", .init(hosts: 2, domains: 3, volume: 80), .expired, starttls: 2, trusted: 0),
                provider("p3.net", .init(hosts: 4, domains: 4, volume: 32), .refused, starttls: 0, trusted: 0),
                provider("p4.net", .init(hosts: 1, domains: 1, volume: 5), nil, starttls: 0, trusted: 0),
                provider("implicit.example", .init(hosts: 1, domains: 1, volume: 1), .trusted, starttls: 1, trusted: 1),
            ])
    }

    private func provider(
        _ name: String, _ weights: Weights, _ commonest: Outcome?, starttls: Int64, trusted: Int64
    ) -> ScanSummary.ProviderRow {
        .init(
            provider: name, weights: weights, commonestOutcome: commonest, starttlsHosts: starttls,
            trustedHosts: trusted)
    }

    @Test("The summary of a small scan is what adding up by hand gives, however often it is rolled up")
    func summary() async throws {
        try await withStore { store in
            let scan = try await SmallWorld.scan(store)
            let before = try await store.summary(scan.id)
            #expect(before.statuses.isEmpty)
            try await store.rollUp(scan.id)
            let running = try await store.summary(scan.id)
            #expect(running == expected(scan))
            #expect(try await store.finishIfComplete(scan.id))
            try await store.rollUp(scan.id)
            let finished = try #require(try await store.findScan(id: scan.id))
            let final = try await store.summary(scan.id)
            #expect(final == expected(finished))
            let two = try await store.summary(scan.id, providers: 2)
            #expect(two.providers == Array(expected(finished).providers.prefix(2)))
        }
    }

    @Test("The views show the head of the study's table, the causes and the providers")
    func views() async throws {
        try await withStore { store in
            let scan = try await SmallWorld.scan(store)
            #expect(try await store.finishIfComplete(scan.id))
            var head = try await store.query(
                """
                SELECT domains::int8, mail_domains::int8, hosts::int8, probed_hosts::int8, seen_hosts::int8, unseen_hosts::int8,
                  starttls_hosts::int8, trusted_hosts::int8, failed_hosts::int8, undecided_hosts::int8,
                  starttls_percent::float8, failed_percent::float8
                FROM census.scan_summary
                """
            ).one()
            for expected: Int64 in [14, 11, 11, 8, 6, 1, 5, 3, 2, 0] { #expect(try head.next() == expected) }
            #expect(try head.next(Double.self) == 45.5)
            #expect(try head.next(Double.self) == 40)
            let causes = try await lines(
                """
                SELECT format('%s: %s %s%%, all causes %s, %s', outcome, hosts, percent, all_causes_hosts, study_class)
                FROM census.failure_breakdown ORDER BY outcome
                """, store)
            #expect(
                causes == [
                    "expired: 1 50.0%, all causes 1, expired", "name_mismatch: 1 50.0%, all causes 2, name mismatch",
                ])
            let providers = try await lines(
                """
                SELECT format('%s %s%% %s%% %s', provider, starttls_percent, trusted_percent, commonest_outcome)
                FROM census.provider_support ORDER BY volume DESC LIMIT 2
                """, store)
            #expect(providers == ["p1.net 100.0% 100.0% trusted", "p2.net 100.0% 0.0% expired"])
            let domain = try await lines(
                """
                SELECT format('%s %s %s %s', domain, verdict, primary_host, primary_outcome)
                FROM census.domain_status WHERE domain IN ('fallback.example', 'null.example') ORDER BY domain
                """, store)
            #expect(domain == ["fallback.example plain plain.p3.net starttls_not_offered", "null.example no_mail  "])
        }
    }

    private func lines(_ sql: String, _ store: Store) async throws -> [String] {
        try await store.query(sql).map { row in
            var row = row
            return try row.next()
        }
    }

    @Test("The database and the program give the same verdict for every pair of hosts and every domain status")
    func sameRule() async throws {
        try await withStore { store in
            let kinds = HostKind.all
            var pairs: [String: [HostKind]] = [:]
            for (index, left) in kinds.enumerated() {
                for right in kinds[index...] { pairs["d\(pairs.count).example"] = [left, right] }
            }
            let names = pairs.keys.sorted()
            var settings = quickSettings
            settings.resolveBatchSize = 100_000
            let scan = try await store.makeScan(names, settings: settings)
            try await probe(store, scan, pairs)
            #expect(try await store.finishIfComplete(scan.id))
            try await store.forEachDomain(scan.id) { row in
                let hosts = (pairs[row.domain] ?? []).map(\.judged)
                #expect(row.verdict == DomainJudge.verdict(status: .mx, hosts: hosts), "\(row.domain): \(hosts)")
            }
        }
    }

    private func probe(_ store: Store, _ scan: ScanInfo, _ pairs: [String: [HostKind]]) async throws {
        let kinds = Dictionary(uniqueKeysWithValues: HostKind.all.map { ($0.host, $0) })
        let worker = try await store.register()
        try await store.resolveAll(
            worker,
            answer: { domain in
                .init(status: .mx, mx: (pairs[domain] ?? []).map { MXRecord(preference: 1, host: $0.host) })
            },
            host: { host in
                let status = kinds[host]?.judged.status ?? .ok
                return resolvedHost(host, status == .ok ? [address("192.0.2.1")] : [], status: status)
            })
        while try await store.planProbes(scan.id) > 0 {}
        let lane = try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 999).first)
        let records = lane.targets.compactMap { target in
            kinds[target.host]?.judged.outcome.map {
                record(target, $0, conclusive: kinds[target.host]?.judged.conclusive ?? true)
            }
        }
        #expect(try await store.completeLanes([LaneCompletion(lease: lane, records: records)]) == [])
        // What was not probed was given up.
        try await store.query(
            "UPDATE census.lane SET state = 'dead', last_error = 'test', worker_id = NULL, request = NULL WHERE pending > 0"
        )
    }
}

/// A kind of host as far as the domain's verdict is concerned.
private struct HostKind {
    let host: String
    let judged: DomainJudge.Host

    static let all: [HostKind] = {
        var kinds = HostStatus.allCases.map { HostKind(host: "\($0.rawValue).example.net", judged: .init(status: $0)) }
        for outcome in Outcome.allCases {
            for conclusive in [true, false] {
                kinds.append(
                    HostKind(
                        host: "\(outcome.rawValue).\(conclusive).example.net",
                        judged: .init(status: .ok, outcome: outcome, conclusive: conclusive)))
            }
        }
        return kinds
    }()
}
