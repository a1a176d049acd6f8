import CensusSQL
import PostgresClient

/// The words of the census, from the database: the single source of labels, explanations and remedies.
public struct Vocabulary: Sendable {
    public struct Word: Sendable, Hashable {
        public let code: String
        /// A few words for tables.
        public let label: String
        public let explanation: String
        /// What the postmaster can do; only outcomes have one.
        public let remedy: String?
        /// Result type in TLS reports (RFC 8460 §4.3); only outcomes have one, not all.
        public let rfc8460: String?
        /// Class in the 2014 study; only outcomes have one, not all.
        public let studyClass: String?
    }

    /// Each in the order of the vocabulary.
    public let outcomes, findings, domainStatuses, hostStatuses, verdicts: [Word]
}

extension Store {
    /// All codes with their words.
    ///
    /// - Throws: `StoreError`.
    public func vocabulary() async throws -> Vocabulary {
        let rows = try await query(EmbeddedSQL.vocabulary)
        var words: [String: [Vocabulary.Word]] = [:]
        try translate {
            for var row in rows {
                let kind: String = try row.next()
                words[kind, default: []].append(
                    Vocabulary.Word(
                        code: try row.next(), label: try row.next(), explanation: try row.next(),
                        remedy: try row.nextOptional(), rfc8460: try row.nextOptional(),
                        studyClass: try row.nextOptional()))
            }
        }
        return Vocabulary(
            outcomes: words["outcome"] ?? [], findings: words["finding"] ?? [],
            domainStatuses: words["domain_status"] ?? [],
            hostStatuses: words["host_status"] ?? [], verdicts: words["verdict"] ?? [])
    }
}
