import CensusModel
import DatabaseTestSupport
import PostgresClient
import Testing

@testable import CensusStore

@Suite("Vocabulary")
struct VocabularyTests {
    private func codes(_ table: String, in store: Store) async throws -> [String] {
        try await store.query("SELECT code FROM census.\(table) ORDER BY ordinal").map { row in
            var row = row
            return try row.next()
        }
    }

    @Test("The tables hold exactly the codes of the enumerations, in their order")
    func codes() async throws {
        try await withStore { store in
            for (table, expected) in [
                ("outcome", Outcome.allCases.map(\.rawValue)), ("finding", Finding.allCases.map(\.rawValue)),
                ("domain_status_code", DomainStatus.allCases.map(\.rawValue)),
                ("host_status_code", HostStatus.allCases.map(\.rawValue)),
                ("verdict_code", DomainVerdict.allCases.map(\.rawValue)),
            ] {
                let found = try await codes(table, in: store)
                #expect(found == expected, "\(table)")
            }
        }
    }

    @Test("The database's enumerations hold exactly those of the program")
    func enumerations() async throws {
        try await withStore { store in
            for (type, codes) in [
                ("dnssec_status", DNSSECStatus.allCases.map(\.rawValue)),
                ("dns_failure", DNSFailure.allCases.map(\.rawValue)),
            ] {
                let found = try await store.query(
                    "SELECT e::text FROM unnest(enum_range(NULL::census.\(type))) e"
                ).map { row in
                    var row = row
                    return try row.next(String.self)
                }
                #expect(found == codes)
            }
        }
    }

    @Test("Stage and answered_smtp of each outcome are what the program says")
    func outcomeFacts() async throws {
        try await withStore { store in
            for row in try await store.query("SELECT code, stage, answered_smtp FROM census.outcome") {
                var row = row
                let code: String = try row.next()
                let outcome = try #require(Outcome(rawValue: code))
                #expect(try row.next(String.self) == outcome.stage.rawValue, "stage of \(code)")
                #expect(try row.next(Bool.self) == outcome.answeredSMTP, "answered_smtp of \(code)")
            }
        }
    }

    @Test("What a conclusive outcome says of a host follows the stages")
    func protection() async throws {
        // The contract, written out: every certificate cause encrypts; these seven are plain; the rest is unreachable.
        let plain: Set<Outcome> = [
            .starttlsNotOffered, .starttlsStripped, .starttlsRefused, .handshakeFailed, .ehloRejected, .protocolError,
            .stalled,
        ]
        try await withStore { store in
            for row in try await store.query("SELECT code, protection FROM census.outcome") {
                var row = row
                let outcome = try #require(Outcome(rawValue: try row.next()))
                let expected =
                    outcome == .trusted
                    ? "trusted"
                    : outcome.stage == .certificate || outcome == .postTLSFailure
                        ? "encrypted" : plain.contains(outcome) ? "plain" : "unreachable"
                #expect(try row.next(String.self) == expected, "\(outcome)")
            }
        }
    }
}
