import CensusSQL
import Foundation

/// The words of the census: the single source of labels, explanations and remedies.
///
/// They are kept in `sql/vocabulary/Words.json`; migrating loads them into the vocabulary tables.
public struct Vocabulary: Sendable, Decodable {
    /// One code with its words.
    public struct Word: Sendable, Hashable, Decodable {
        /// The code in results.
        public let code: String
        /// A few words for tables.
        public let label: String
        /// A sentence for people.
        public let explanation: String
        /// What the postmaster can do; every outcome and every finding has one, nothing else.
        public let remedy: String?
        /// Result type in TLS reports (RFC 8460 §4.3); outcomes and findings may have one.
        public let rfc8460: String?
        /// The section of an RFC that it is judged by; every outcome and every finding has one, nothing else.
        public let reference: String?
        /// Class in the 2014 study; only outcomes have one, not all.
        public let studyClass: String?

        private enum CodingKeys: String, CodingKey {
            case code, label, explanation, remedy, rfc8460, reference
            case studyClass = "study_class"
        }
    }

    /// Each in the order of the vocabulary.
    public let outcomes, findings, domainStatuses, hostStatuses, verdicts: [Word]

    private enum CodingKeys: String, CodingKey {
        case outcomes = "outcome"
        case findings = "finding"
        case domainStatuses = "domain_status"
        case hostStatuses = "host_status"
        case verdicts = "verdict"
    }

    /// The words that this program was built with.
    ///
    /// - Throws: `DecodingError` when the file in the binary is damaged.
    public static func load() throws -> Vocabulary {
        try JSONDecoder().decode(Vocabulary.self, from: Data(EmbeddedSQL.words))
    }
}
