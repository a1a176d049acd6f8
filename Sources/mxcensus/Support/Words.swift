import CensusReport
import CensusStore

/// The vocabulary's words in the forms that pages and reports take.
struct Words: Sendable {
    let outcomes: [String: OutcomeWords]
    let findings: [String: OutcomeWords]
    let report: ReportVocabulary

    /// - Throws: `DecodingError` when the vocabulary in the binary is damaged.
    static func load() throws -> Words {
        let vocabulary = try Vocabulary.load()
        return Words(
            outcomes: pages(vocabulary.outcomes), findings: pages(vocabulary.findings),
            report: ReportVocabulary(
                domainStatuses: labels(vocabulary.domainStatuses), hostStatuses: labels(vocabulary.hostStatuses),
                outcomes: labels(vocabulary.outcomes), findings: labels(vocabulary.findings),
                verdicts: labels(vocabulary.verdicts),
                studyClasses: Dictionary(
                    uniqueKeysWithValues: vocabulary.outcomes.compactMap { word in
                        word.studyClass.map { (word.code, $0) }
                    })))
    }

    private static func labels(_ words: [Vocabulary.Word]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: words.map { ($0.code, $0.label) })
    }

    private static func pages(_ words: [Vocabulary.Word]) -> [String: OutcomeWords] {
        Dictionary(
            uniqueKeysWithValues: words.map {
                (
                    $0.code,
                    OutcomeWords(
                        label: $0.label, explanation: $0.explanation, remedy: $0.remedy ?? "", rfc8460: $0.rfc8460,
                        reference: $0.reference ?? "")
                )
            })
    }
}
