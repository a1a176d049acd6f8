import CensusModel
import DatabaseTestSupport
import PostgresClient
import Testing

@testable import CensusStore

@Suite("Changes between scans")
struct ChangeTests {
    /// By hand, from the definitions of the changes: name, and what each of three scans finds.
    private static let weeks: [String: [Found?]] = [
        "steady": [.trusted, .trusted, .trusted],
        "fixed": [.broken, .trusted, .trusted],
        "broke": [.trusted, .broken, .broken],
        "silent": [.broken, .unseen, .broken],
        "quiet": [.trusted, .unseen, .trusted],
        "quietbroke": [.trusted, .unseen, .broken],
        "new": [nil, .trusted, .trusted],
        "gone": [.broken, .noMail, .noMail],
        "back": [.broken, .noMail, .broken],
        "lost": [.broken, .lost, .broken],
        "late": [.unseen, .broken, .unseen],
    ]

    private func found(_ week: Int) -> [String: Found] { Self.weeks.compactMapValues { $0[week] } }

    /// `name: change since scan`, of hosts or domains.
    private func changes(_ store: Store, _ scan: ScanInfo, _ kind: ChangeKind, _ weeks: [ScanInfo]) async throws
        -> [String]
    {
        try await store.changes(scan.id, kind: kind, limit: 100).map { change in
            let since = weeks.firstIndex { $0.startedAt == change.since }.map { "\($0 + 1)" } ?? "?"
            let name = change.name.replacing("mx.", with: "").replacing(".example", with: "")
            return "\(name): \(change.change.rawValue) \(since)"
        }.sorted()
    }

    @Test("What could not be seen is neither fixed nor broken, and since when is carried on, also past dropped scans")
    func changes() async throws {
        try await withStore { store in
            let first = try await store.week("one", found(0))
            #expect(try await store.changes(first.id, limit: 100).isEmpty)
            let second = try await store.week("two", found(1))
            let expectedSecond = [
                "back: gone 2", "broke: broke 2", "fixed: fixed 2", "gone: gone 2", "late: appeared 2",
                "new: appeared 2",
            ]
            for kind in ChangeKind.allCases {
                #expect(try await changes(store, second, kind, [first, second]) == expectedSecond, "\(kind)")
            }
            let third = try await store.week("three", found(2))
            let expectedThird = [
                "back: appeared 3", "broke: still_broken 2", "lost: still_broken 1", "quietbroke: broke 3",
                "silent: still_broken 1",
            ]
            for kind in ChangeKind.allCases {
                #expect(try await changes(store, third, kind, [first, second, third]) == expectedThird, "\(kind)")
            }
            for dropped in [first, second] { _ = try await store.dropScan(dropped.id) }
            let fourth = try await store.week("four", found(2))
            let expectedFourth = [
                "back: still_broken 3", "broke: still_broken 2", "lost: still_broken 1", "quietbroke: still_broken 3",
                "silent: still_broken 1",
            ]
            for kind in ChangeKind.allCases {
                #expect(
                    try await changes(store, fourth, kind, [first, second, third, fourth]) == expectedFourth, "\(kind)")
            }
            let counts = try await store.changeCounts(fourth.id)
            #expect(counts.map(\.count) == [5, 5] && counts.allSatisfy { $0.change == .stillBroken })
        }
    }

    @Test("A cancelled scan is nobody's scan before, and another list has nothing to do with it")
    func previous() async throws {
        try await withStore { store in
            let first = try await store.week("one", ["a": .broken])
            let cancelled = try await store.begin("cancelled", ["a": .trusted])
            try await store.cancel(cancelled.id)
            #expect(try await store.finishIfComplete(cancelled.id))
            try await store.importDomains("other", [("a.example", 1)])
            let other = try await store.createScan(name: "o", list: "other", settings: quickSettings, trustStorePEM: [])
            try await store.resolveAll(
                try await store.register(), answer: { _ in .init(status: .nxdomain) }, host: { resolvedHost($0, []) })
            #expect(try await store.finishIfComplete(other.id))
            let second = try await store.week("two", ["a": .broken])
            #expect(try await changes(store, second, .host, [first]) == ["a: still_broken 1"])
            #expect(try await store.changes(other.id, limit: 9).isEmpty)
        }
    }

    @Test("The trend has a row for each finished scan, with the difference to the one before")
    func trend() async throws {
        try await withStore { store in
            try await store.week("one", ["a": .broken, "b": .trusted, "c": .broken, "d": .broken])
            try await store.week("two", ["a": .trusted, "b": .trusted, "c": .broken, "d": .broken])
            let rows = try await store.query(
                """
                SELECT scan, trusted_percent::double precision, trusted_percent_change::double precision, fixed_hosts,
                  still_broken_hosts
                FROM census.scan_trend ORDER BY scan_id
                """)
            var lines: [String] = []
            for var row in rows {
                let scan: String = try row.next()
                let percent: Double = try row.next()
                let change = try row.nextOptional(Double.self).map { "\($0)" } ?? "–"
                let fixed = try row.nextOptional(Int64.self).map { "\($0)" } ?? "–"
                let broken = try row.nextOptional(Int64.self).map { "\($0)" } ?? "–"
                lines.append("\(scan) \(percent) \(change) \(fixed) \(broken)")
            }
            #expect(lines == ["one 25.0 – – –", "two 50.0 25.0 1 2"])
        }
    }
}
