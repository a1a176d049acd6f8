import CensusModel

/// The summary as one JSON document.
///
/// Stable keys:
/// - `scan`: `id`, `name`, `list`, `state`, `started_at`, `finished_at` (null while it runs), `duration_s` (likewise).
/// - `starttls_share`: for each of `hosts`, `domains`, `volume` an object of `of_seen`, `of_all`, `low`, `high`; the last
///   two bound the share if the unseen were all without or all with.
/// - `sections`: for each `FigureSection.ID` an object of `title`, `share_of` (words), `whole` (weights) and `rows`. A row has
///   `row` (stable code), `label`, `depth`, `hosts` (null where domains are counted), `domains`, `volume`, and `share` with
///   the same three keys. Rows of `providers` have also `commonest_outcome`, `starttls_hosts`, `trusted_hosts`,
///   `starttls_share`, `trusted_share`.
///
/// All shares are from 0 to 1, null where the whole is nothing.
enum SummaryJSON {
    static func document(_ figures: SummaryFigures) -> String {
        var json = JSONWriter()
        json.object { json in
            json.key("scan")
            scan(figures.scan, &json)
            json.key("starttls_share")
            headline(figures, &json)
            json.key("sections")
            json.object { json in
                for section in figures.sections {
                    json.key(named: section.id.rawValue)
                    self.section(section, &json)
                }
            }
        }
        return String(decoding: json.bytes, as: UTF8.self) + "\n"
    }

    private static func scan(_ scan: ScanInfo, _ json: inout JSONWriter) {
        json.object { json in
            json.key("id")
            json.number(scan.id)
            json.key("name")
            json.string(scan.name)
            json.key("list")
            json.string(scan.list)
            json.key("state")
            json.string(scan.state.rawValue)
            json.key("started_at")
            json.string(Timestamp.text(scan.startedAt, milliseconds: true))
            json.key("finished_at")
            json.string(scan.finishedAt.map { Timestamp.text($0, milliseconds: true) })
            json.key("duration_s")
            let duration = scan.finishedAt?.timeIntervalSince(scan.startedAt)
            json.number(duration.map { ($0 * 1000).rounded() / 1000 })
        }
    }

    private static func headline(_ figures: SummaryFigures, _ json: inout JSONWriter) {
        let seen = figures.offeringOfSeen
        let all = figures.offeringOfUnique
        json.object { json in
            json.key("hosts")
            range(seen.hosts, all.hosts, figures.hostsInterval, &json)
            json.key("domains")
            range(seen.domains, all.domains, figures.domainsInterval, &json)
            json.key("volume")
            range(seen.volume, all.volume, figures.volumeInterval, &json)
        }
    }

    private static func range(
        _ ofSeen: Double?, _ ofAll: Double?, _ interval: ShareInterval?, _ json: inout JSONWriter
    ) {
        json.object { json in
            json.key("of_seen")
            json.share(ofSeen)
            json.key("of_all")
            json.share(ofAll)
            json.key("low")
            json.share(interval?.low)
            json.key("high")
            json.share(interval?.high)
        }
    }

    private static func section(_ section: FigureSection, _ json: inout JSONWriter) {
        json.object { json in
            json.key("title")
            json.string(section.title)
            json.key("share_of")
            json.string(section.shareOf)
            json.key("whole")
            json.object { weights(section.whole, section, &$0) }
            json.key("rows")
            json.array(section.rows) { row($1, section, &$0) }
        }
    }

    private static func weights(_ weights: Weights, _ section: FigureSection, _ json: inout JSONWriter) {
        json.key("hosts")
        if section.countsDomains { json.null() } else { json.number(weights.hosts) }
        json.key("domains")
        json.number(weights.domains)
        json.key("volume")
        json.number(weights.volume)
    }

    private static func row(_ row: FigureRow, _ section: FigureSection, _ json: inout JSONWriter) {
        json.object { json in
            json.key("row")
            json.string(row.code)
            json.key("label")
            json.string(row.label)
            json.key("depth")
            json.number(row.depth)
            weights(row.weights, section, &json)
            json.key("share")
            json.object { json in
                json.key("hosts")
                json.share(section.countsDomains ? nil : row.shares.hosts)
                json.key("domains")
                json.share(row.shares.domains)
                json.key("volume")
                json.share(row.shares.volume)
            }
            if let provider = row.provider { self.provider(provider, &json) }
        }
    }

    private static func provider(_ provider: ProviderFigures, _ json: inout JSONWriter) {
        json.key("commonest_outcome")
        json.string(provider.commonestOutcome?.rawValue)
        json.key("starttls_hosts")
        json.number(provider.starttlsHosts)
        json.key("trusted_hosts")
        json.number(provider.trustedHosts)
        json.key("starttls_share")
        json.share(provider.starttlsShare)
        json.key("trusted_share")
        json.share(provider.trustedShare)
    }
}
