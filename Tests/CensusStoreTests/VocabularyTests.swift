import CensusModel
import CensusSQL
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

    /// RFC 8460 §4.3: the closed list of result types, as printed there in §4.3.1 to §4.3.3.
    private static let reportTypes: Set<String> = [
        "starttls-not-supported", "certificate-host-mismatch", "certificate-expired", "certificate-not-trusted",
        "validation-failure", "tlsa-invalid", "dnssec-invalid", "dane-required", "sts-policy-fetch-error",
        "sts-policy-invalid", "sts-webpki-invalid",
    ]

    @Test(
        "Every outcome and every finding is explained, can be mended, and names its RFC",
        arguments: ["outcome", "finding"])
    func words(table: String) async throws {
        try await withStore { store in
            let rows = try await store.query(
                "SELECT code, label, explanation, remedy, reference, rfc8460 FROM census.\(table)")
            for row in rows {
                var row = row
                let code: String = try row.next()
                for column in ["label", "explanation", "remedy"] {
                    let text: String = try row.next()
                    #expect(!text.isEmpty, "\(column) of \(table) \(code)")
                }
                let reference: String = try row.next()
                #expect(
                    reference.wholeMatch(of: /RFC [0-9]{3,4}( §[0-9]+(\.[0-9]+)*)?/) != nil, "\(code): \(reference)")
                if let type = try row.nextOptional(String.self) {
                    #expect(Self.reportTypes.contains(type), "\(code): \(type)")
                }
            }
        }
    }

    @Test("A certificate cause has the same report type and reference as finding and as outcome")
    func agreement() async throws {
        try await withStore { store in
            let differing = try await store.value(
                """
                SELECT count(*) FROM census.outcome o JOIN census.finding f USING (code)
                WHERE o.rfc8460 IS DISTINCT FROM f.rfc8460 OR o.reference <> f.reference
                """)
            #expect(differing == 0)
        }
    }

    @Test("Loading mends the words that differ, and waits for nobody who refers to the others")
    func loading() async throws {
        try await withStore { store in
            _ = try await store.query("UPDATE census.verdict_code SET label = 'reworded' WHERE code = 'secure'")
            try await store.pool.transaction { reader in
                // As the foreign keys of a roll-up do.
                for table in ["outcome", "finding", "domain_status_code", "host_status_code"] {
                    try await reader.query("SELECT FROM census.\(table) FOR KEY SHARE")
                }
                try await store.pool.transaction { loader in
                    try await loader.query("SET LOCAL lock_timeout = '5s'")
                    try await loader.query(
                        "SELECT census.load_vocabulary($1::jsonb)",
                        [Parameter(String(decoding: EmbeddedSQL.words, as: UTF8.self))])
                }
            }
            #expect(try await store.value("SELECT count(*) FROM census.verdict_code WHERE label = 'reworded'") == 0)
        }
    }

    @Test("An older database gets the words when it is migrated")
    func upgrade() async throws {
        try await withDatabase { settings in
            let older = try await Connection.connect(settings)
            try await older.migrate(through: 10)
            try await older.query(
                "SELECT census.load_vocabulary($1::jsonb)",
                [Parameter(String(decoding: EmbeddedSQL.words, as: UTF8.self))])
            await older.close()
            let store = try await Store.open(settings, migrating: true)
            #expect(
                try await store.value("SELECT count(*) FROM census.finding WHERE remedy = '' OR reference = ''") == 0)
            #expect(try await store.value("SELECT count(*) FROM census.outcome WHERE reference = ''") == 0)
            #expect(
                try await store.value("SELECT count(*) FROM census.finding") == Int64(Finding.allCases.count))
            await store.close()
        }
    }
}
