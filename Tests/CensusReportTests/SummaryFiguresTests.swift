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
        let figures = SummaryFigures(summary)
        #expect(figures.offeringOfSeen.hosts == nil)
        #expect(figures.hostsInterval == nil)
        #expect(figures.sections.map(\.id) == [.domains, .hosts, .starttls, .tls])
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
