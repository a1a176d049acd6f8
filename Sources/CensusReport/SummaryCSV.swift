import CensusModel

/// The summary as one CSV table (RFC 4180) with the columns `section,row,hosts,domains,volume,share`.
///
/// `section` and `row` are the stable codes of `FigureSection`. `share` is from 0 to 1: of hosts, or of domains in the
/// sections that have no hosts (there `hosts` is empty). Parts of a row above stand below it as rows of their own, so
/// only rows of the same kind may be summed: in `domains`, `failures`, `inconclusive`, `no_service`, `not_probed`,
/// `verdicts`, `looks` and `second_look` all but `all` and `asked`.
enum SummaryCSV {
    static func table(_ figures: SummaryFigures) -> String {
        var csv = CSVWriter()
        csv.header(["section", "row", "hosts", "domains", "volume", "share"])
        for section in figures.sections {
            for row in section.rows {
                csv.own(section.id.rawValue)
                csv.foreign(row.code)
                if section.countsDomains { csv.null() } else { csv.number(row.weights.hosts) }
                csv.number(row.weights.domains)
                csv.number(row.weights.volume)
                let share = section.countsDomains ? row.shares.domains : row.shares.hosts
                if let share { csv.own(NumberFormat.fixed(share, digits: 6)) } else { csv.null() }
                csv.endRow()
            }
        }
        return String(decoding: csv.bytes, as: UTF8.self)
    }
}
