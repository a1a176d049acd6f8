import CensusModel
import DomainNames

/// Where a list keeps what.
///
/// The delimiter is tab, comma or semicolon: the one that occurs in most of the first 100 lines, and in at least half
/// of them; otherwise the list is plain, one name on each line, `#` beginning a comment.
///
/// Header: when a column is named by an option, the first line is the header and must have it. Without options the
/// first line is a header when none of its cells is a valid domain name but some cell of a later line is; in a plain
/// list it must be one of `knownDomainColumns` as well, since it may also be a bad line.
///
/// Domain column, when it is not named: of a header the first known name in the order of `knownDomainColumns` whose
/// column holds a valid name; else the leftmost of the columns with the most valid names.
///
/// Weight column: only by a header: the named one, else one called `weight` or `volume`. A number before or behind the
/// name without a header (`rank,domain`) is no weight.
struct Layout: Hashable, Sendable {
    /// Nil for a plain list.
    var delimiter: UInt8?
    /// The first line is a header.
    var hasHeader = false
    var domainColumn = 0
    /// Nil when every weight is 1.
    var weightColumn: Int?

    /// In order of preference; compared without case.
    static let knownDomainColumns = [
        "domain", "domain name", "domain_name", "address suffix", "name", "host", "hostname", "email", "e-mail",
        "email address", "email_address", "recipient domain",
    ]
    static let knownWeightColumns = ["weight", "volume"]
    static let sampleSize = 100
    /// In order of preference.
    static let delimiters = [UInt8(ascii: "\t"), UInt8(ascii: ","), UInt8(ascii: ";")]

    /// Finds the layout from the first records. Throws when a named column is missing, or when a delimited list has
    /// no column with names.
    init(sample: [Bytes], options: ListOptions, file: String) throws(ListError) {
        delimiter = Self.delimiter(of: sample)
        guard let first = sample.first else { return }
        let header = Fields.texts(of: first, delimiter: delimiter)
        let scores = validNames(in: sample.dropFirst())
        if options.domainColumn != nil || options.weightColumn != nil {
            hasHeader = true
        } else {
            let firstIsData = header.contains { Self.isName($0) }
            let mayBeHeader = delimiter != nil || header.contains { Self.knownDomainColumns.contains($0.lowercased()) }
            hasHeader = !firstIsData && mayBeHeader && scores.contains { $0 > 0 }
        }
        if let wanted = options.domainColumn {
            domainColumn = try Self.column(wanted, in: header, option: "--domain-column", file: file)
        } else {
            let all = hasHeader ? scores : validNames(in: sample[...])
            domainColumn = try Self.bestColumn(
                header: hasHeader ? header : [], scores: all, delimited: delimiter != nil
            ) {
                Self.noNames(header, file: file)
            }
        }
        if let wanted = options.weightColumn {
            weightColumn = try Self.column(wanted, in: header, option: "--weight-column", file: file)
        } else if hasHeader {
            weightColumn = header.firstIndex { Self.knownWeightColumns.contains($0.lowercased()) }
        }
    }

    private static func delimiter(of sample: [Bytes]) -> UInt8? {
        let counts = delimiters.map { candidate in sample.count { $0.contains(candidate) } }
        guard let most = counts.max(), most > 0, most * 2 >= sample.count else { return nil }
        return zip(delimiters, counts).first { $0.1 == most }?.0
    }

    /// For each column the number of records with a valid name in it.
    private func validNames(in sample: ArraySlice<Bytes>) -> [Int] {
        var counts: [Int] = []
        for record in sample {
            for (column, text) in Fields.texts(of: record, delimiter: delimiter).enumerated() {
                if column == counts.count { counts.append(0) }
                if Self.isName(text) { counts[column] += 1 }
            }
        }
        return counts
    }

    private static func isName(_ text: String) -> Bool {
        if case .success = NameNormalizer.domain(from: text) { true } else { false }
    }

    private static func bestColumn(
        header: [String], scores: [Int], delimited: Bool, otherwise problem: () -> ListError
    ) throws(ListError) -> Int {
        let names = header.map { $0.lowercased() }
        for known in knownDomainColumns {
            if let column = names.firstIndex(of: known), column < scores.count, scores[column] > 0 { return column }
        }
        guard let most = scores.max(), most > 0, let column = scores.firstIndex(of: most) else {
            // A plain list may begin with any number of bad lines; a delimited one says nothing about its columns.
            if delimited { throw problem() }
            return 0
        }
        return column
    }

    private static func column(
        _ wanted: String, in header: [String], option: String, file: String
    ) throws(ListError) -> Int {
        if let exact = header.firstIndex(of: wanted) { return exact }
        if let column = header.firstIndex(where: { $0.lowercased() == wanted.lowercased() }) { return column }
        throw ListError(
            code: .missingColumn, file: file,
            message: "line 1: no column \(quoted(wanted)) in the header; its columns are \(list(header)): "
                + "name one of them with \(option)")
    }

    private static func noNames(_ header: [String], file: String) -> ListError {
        ListError(
            code: .missingColumn, file: file,
            message: "line 1: no column with domain names in the first \(sampleSize) lines; the first line has "
                + "\(list(header)): name the column with --domain-column")
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(20).map(quoted).joined(separator: ", ")
        return names.count > 20 ? shown + " and \(names.count - 20) more" : shown
    }

    private static func quoted(_ text: String) -> String { "\"\(EscapedText.escape(Array(text.utf8), limit: 60))\"" }
}
