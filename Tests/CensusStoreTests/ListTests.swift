import CensusModel
import DatabaseTestSupport
import PostgresClient
import Testing

@testable import CensusStore

@Suite("Lists")
struct ListTests {
    private func contents(_ list: String, _ store: Store) async throws -> [String] {
        try await store.query(
            """
            SELECT format('%s %s %s', d.id, d.name, d.weight) FROM census.domain d JOIN census.list l ON l.id = d.list_id
            WHERE l.name = $1 ORDER BY d.id
            """, [Parameter(list)]
        ).map { row in
            var row = row
            return try row.next()
        }
    }

    @Test("Doubles add their weights; ids begin at 1 with the largest weight, then by name")
    func firstImport() async throws {
        try await withStore { store in
            let imported = try await store.importDomains(
                "customers",
                [("b.example", 2), ("a.example", 2), ("c.example", 1), ("c.example", 4.5), ("a-b.example", 2)])
            #expect(imported == ImportedList(new: 4, known: 0, total: 4))
            #expect(
                try await contents("customers", store) == [
                    "1 c.example 5.5", "2 a-b.example 2", "3 a.example 2", "4 b.example 2",
                ])
            let info = try #require(try await store.list(named: "customers"))
            #expect(info.domains == 4)
            #expect(info.volume == 11.5)
        }
    }

    @Test("Importing again sets the weights of known names, adds new names behind, and removes nothing")
    func secondImport() async throws {
        try await withStore { store in
            try await store.importDomains("l", [("a.example", 1), ("b.example", 2)])
            let same = try await store.importDomains("l", [("a.example", 1), ("b.example", 2)])
            #expect(same == ImportedList(new: 0, known: 2, total: 2))
            let more = try await store.importDomains("l", [("c.example", 9), ("a.example", 3), ("a.example", 4)])
            #expect(more == ImportedList(new: 1, known: 1, total: 3))
            #expect(try await contents("l", store) == ["1 b.example 2", "2 a.example 7", "3 c.example 9"])
        }
    }

    @Test("An import that fails in the middle leaves nothing, not even the list")
    func failedImport() async throws {
        struct Enough: Error {}
        try await withStore { store in
            var pieces = 0
            await #expect(throws: Enough.self) {
                _ = try await store.importList("l") {
                    pieces += 1
                    if pieces == 3 { throw Enough() }
                    return [ListedDomain(name: name("d\(pieces).example"), weight: 1)]
                }
            }
            #expect(try await store.lists().isEmpty)
            let imported = try await store.importDomains("l", [("a.example", 1)])
            #expect(imported.new == 1)
        }
    }

    @Test("A weight that is no finite number is refused, and nothing is imported")
    func badWeight() async throws {
        try await withStore { store in
            for weight in [-1, .infinity, .nan] {
                let error = await #expect(throws: StoreError.self) {
                    try await store.importDomains("l", [("a.example", weight)])
                }
                #expect(error?.sqlState == "23514")
            }
            let lists = try await store.lists()
            #expect(lists.isEmpty)
        }
    }

    @Test("An empty import makes an empty list, which can be filled later")
    func emptyImport() async throws {
        try await withStore { store in
            let empty = try await store.importDomains("l", [])
            #expect(empty == ImportedList(new: 0, known: 0, total: 0))
            let filled = try await store.importDomains("l", [("a.example", 1)])
            #expect(filled == ImportedList(new: 1, known: 0, total: 1))
            #expect(try await contents("l", store) == ["1 a.example 1"])
        }
    }

    @Test("Imports into one list at the same time wait for each other")
    func concurrentImports() async throws {
        try await withStore { store in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for part in 0..<4 {
                    group.addTask {
                        try await store.importDomains("l", (0..<500).map { ("d\(part * 250 + $0).example", 1) })
                    }
                }
                try await group.waitForAll()
            }
            // Four times 500 names, each half shared with the next.
            #expect(try await store.value("SELECT domains FROM census.list") == 1250)
            #expect(try await store.value("SELECT max(id) - min(id) + count(*) FROM census.domain") == 2499)
        }
    }

    @Test("A hundred thousand names arrive in many pieces")
    func manyPieces() async throws {
        try await withStore { store in
            var piece = 0
            let imported = try await store.importList("l") {
                defer { piece += 1 }
                return piece == 20
                    ? nil : (0..<5000).map { ListedDomain(name: name("d\(piece)-\($0).example"), weight: 1) }
            }
            #expect(imported.total == 100_000)
        }
    }
}
