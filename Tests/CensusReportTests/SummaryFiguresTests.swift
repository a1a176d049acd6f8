import CensusModel
import CensusReport
import Testing

/// Expected numbers are worked out by hand from the sample, with the division beside them.
@Suite("Figures of a summary")
struct SummaryFiguresTests {
    let figures = SummaryFigures(sampleSummary(), vocabulary: sampleVocabulary())

    private func near(_ share: Double?, _ expected: Double) -> Bool {
        share.map { ($0 - expected).magnitude < 0.000_05 } ?? false
    }

    @Test("the unique MX hosts fall into parts that add up")
    func parts() {
        #expect(figures.unique == weights(3_400, 7_750, 970_000))
        #expect(figures.seen.hosts == 3_145)
        #expect(figures.notSeen == weights(95, 130, 10_500))
        #expect(figures.noService == weights(100, 120, 10_000))
        #expect(figures.notProbed == weights(60, 100, 5_000))
        #expect(figures.waiting == weights(0, 0, 0))
        #expect(figures.offering == weights(2_617, 5_880, 844_000))
        #expect(figures.notOffering == weights(528, 1_520, 100_500))
        #expect(figures.trusted == weights(2_390, 5_300, 790_000))
        #expect(figures.failed == weights(224, 575, 53_900))
        #expect(figures.undecided == weights(3, 5, 100))
    }

    @Test("STARTTLS is a share of the hosts seen, and plainly of all")
    func starttls() {
        #expect(near(figures.offeringOfSeen.hosts, 0.83211))  // 2617 / 3145
        #expect(near(figures.offeringOfSeen.domains, 0.79459))  // 5880 / 7400
        #expect(near(figures.offeringOfSeen.volume, 0.89359))  // 844000 / 944500
        #expect(near(figures.offeringOfUnique.hosts, 0.76971))  // 2617 / 3400
    }

    @Test("the unseen open an interval, with the hosts that DNS would not tell of")
    func interval() throws {
        #expect(figures.unknown == weights(103, 146, 11_400))  // not seen + dns_failure
        let hosts = try #require(figures.hostsInterval)
        #expect(near(hosts.low, 0.80573))  // 2617 / 3248
        #expect(near(hosts.high, 0.83744))  // 2720 / 3248
        let volume = try #require(figures.volumeInterval)
        #expect(near(volume.low, 0.88294))  // 844000 / 955900
        #expect(near(volume.high, 0.89486))  // 855400 / 955900
    }

    @Test("failures are shares of the failures, the largest first")
    func failures() throws {
        #expect(near(figures.failedOfOffering.hosts, 0.08559))  // 224 / 2617
        let section = try #require(figures.sections.first { $0.id == .failures })
        #expect(
            section.rows.map(\.code) == [
                "name_mismatch", "unknown_authority", "expired", "handshake_failed", "self_signed", "negative_serial",
            ])
        #expect(near(section.rows[0].shares.hosts, 0.65179))  // 146 / 224
        #expect(near(section.rows[0].shares.domains, 0.60870))  // 350 / 575
        #expect(near(section.rows[0].shares.volume, 0.74212))  // 40000 / 53900
        #expect(near(section.rows[5].shares.hosts, 0.00446))  // 1 / 224
    }

    @Test("what was inconclusive never counts as without STARTTLS")
    func inconclusiveApart() throws {
        let section = try #require(figures.sections.first { $0.id == .inconclusive })
        #expect(
            section.rows.map(\.code) == ["connect_timeout", "greeting_rejected", "stalled", "starttls_refused"])
        #expect(section.rows[1].weights.hosts == 20)
        // A keyword that was not seen in an inconclusive dialogue proves nothing.
        var summary = sampleSummary()
        summary.outcomes.append(
            .init(outcome: .stalled, conclusive: false, starttls: false, weights: weights(7, 7, 7)))
        #expect(SummaryFigures(summary).notOffering.hosts == 528)
        #expect(SummaryFigures(summary).notSeen.hosts == 102)
    }

    /// Ten hosts that a person can count: six offer STARTTLS (one of them stalls after that), two do not, one is blocked, and
    /// one refuses connections, which is certain. The blocked one could be of either kind: 6 of 9 to 7 of 9.
    private func tenHosts() -> ScanSummary {
        var summary = sampleSummary()
        summary.hostStatuses = [.init(status: .ok, weights: weights(10, 20, 200))]
        summary.outcomes = [
            .init(outcome: .trusted, conclusive: true, starttls: true, weights: weights(4, 8, 80)),
            .init(outcome: .expired, conclusive: true, starttls: true, weights: weights(1, 2, 20)),
            .init(outcome: .starttlsRefused, conclusive: false, starttls: true, weights: weights(1, 2, 20)),
            .init(outcome: .starttlsNotOffered, conclusive: true, starttls: false, weights: weights(2, 4, 40)),
            .init(outcome: .greetingRejected, conclusive: false, starttls: nil, weights: weights(1, 2, 30)),
            .init(outcome: .refused, conclusive: true, starttls: nil, weights: weights(1, 2, 10)),
        ]
        return summary
    }

    @Test("the interval reads the same in text, Markdown and JSON")
    func intervalInEveryForm() throws {
        let sentence =
            "STARTTLS: 75.0 % of hosts seen; between 66.7 and 77.8 % if the unseen were all without or all with."
        #expect(SummaryReport.render(tenHosts(), as: .text(TextStyle(width: 120))).contains(sentence))
        #expect(SummaryReport.render(tenHosts(), as: .markdown).contains(sentence))
        let json = SummaryReport.render(tenHosts(), as: .json)
        // 6/8, 6/10, 6/9, 7/9; by volume 120/160, 120/200, 120/190, 150/190.
        #expect(
            json.contains(#""hosts":{"of_seen":0.750000,"of_all":0.600000,"low":0.666667,"high":0.777778}"#))
        #expect(
            json.contains(#""volume":{"of_seen":0.750000,"of_all":0.600000,"low":0.631579,"high":0.789474}"#))
        // Nothing unseen: no interval to speak of.
        var summary = tenHosts()
        summary.outcomes.removeAll { $0.outcome == .greetingRejected }
        summary.hostStatuses = [.init(status: .ok, weights: weights(9, 18, 170))]
        let text = SummaryReport.render(summary, as: .text(TextStyle(width: 120)))
        #expect(text.contains("STARTTLS: 75.0 % of hosts seen.\n"))
    }

    @Test("a running scan has hosts that wait, and they widen the interval")
    func running() throws {
        var summary = sampleSummary()
        summary.outcomes.removeAll { $0.outcome == .trusted }
        let figures = SummaryFigures(summary)
        #expect(figures.waiting == weights(2_390, 5_300, 790_000))
        let interval = try #require(figures.hostsInterval)
        #expect(near(interval.low, 0.06989))  // 227 / 3248
        #expect(near(interval.high, 0.83744))  // 2720 / 3248
    }

    @Test("an empty scan has no shares at all")
    func empty() {
        var summary = sampleSummary()
        summary.statuses = []
        summary.hostStatuses = []
        summary.outcomes = []
        summary.findings = []
        summary.verdicts = []
        summary.providers = []
        summary.secondLooks = []
        summary.looks = []
        let figures = SummaryFigures(summary)
        #expect(figures.offeringOfSeen.hosts == nil)
        #expect(figures.hostsInterval == nil)
        #expect(figures.sections.map(\.id) == [.domains, .hosts, .starttls, .tls])
    }

    @Test("second looks are shares of the hosts asked again")
    func secondLooks() throws {
        let section = try #require(figures.sections.first { $0.id == .secondLook })
        #expect(section.rows.map(\.code) == ["asked", "same", "other", "no_certificate", "unseen"])
        #expect(section.rows[0].weights == weights(130, 316, 40_950))
        #expect(near(section.rows[1].shares.hosts, 0.92308))  // 120 / 130
        #expect(near(section.rows[2].shares.domains, 0.03797))  // 12 / 316
        var summary = sampleSummary()
        summary.secondLooks = []
        #expect(SummaryFigures(summary).sections.allSatisfy { $0.id != .secondLook })
    }

    @Test("shared looks are shares of the hosts probed, and left out where a scan shares none")
    func looks() throws {
        let section = try #require(figures.sections.first { $0.id == .looks })
        #expect(section.rows.map(\.code) == ["own", "shared"])
        #expect(near(section.rows[1].shares.hosts, 0.16667))  // 500 / 3000
        var summary = sampleSummary()
        summary.looks = []
        #expect(SummaryFigures(summary).sections.allSatisfy { $0.id != .looks })
    }

    @Test("provider shares are of the provider's own hosts")
    func providers() throws {
        let section = try #require(figures.sections.first { $0.id == .providers })
        let last = try #require(section.rows[2].provider)
        #expect(near(last.starttlsShare, 0.33333))  // 1 / 3
        #expect(last.commonestLabel == "STARTTLS not offered")
        #expect(near(section.rows[0].shares.volume, 0.41237))  // 400000 / 970000
    }
}
