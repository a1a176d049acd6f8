import CensusModel
import Foundation
import Testing

@testable import CensusLab

@Suite("Truth")
struct TruthTests {
    private let registered: @Sendable (String) -> String = { $0.split(separator: ".").suffix(2).joined(separator: ".") }

    @Test(
        "The verdict of a domain, by hand",
        arguments: [
            (["trusted"], DomainVerdict.secure), (["trusted", "expired"], .partlySecure),
            (["trusted", "plain"], .partlySecure),
            (["expired", "post-tls-closed"], .encrypted), (["self-signed", "plain"], .partlyEncrypted),
            (["plain", "handshake-alert"], .plain), (["starttls-refused"], .plain), (["ehlo-rejected"], .plain),
            (["refused"], .unreachable), (["no-smtp-service", "host-nxdomain"], .unreachable),
            (["silent", "refused"], .unseen),
            (["host-servfail"], .unseen), (["blocklisted"], .unseen), (["ehlo-silent"], .unseen),
            (["trusted", "dropped", "host-no-address"], .secure), (["starttls-temporary"], .unseen),
        ])
    func verdicts(behaviours: [String], expected: DomainVerdict) throws {
        let states = try behaviours.map { FinalState(try #require(Behaviour.named($0)).expectation) }
        #expect(TruthRules.verdict(.mx, states) == expected)
    }

    @Test("A domain without mail hosts has the verdict of its status")
    func statusVerdicts() {
        #expect(TruthRules.verdict(.nullMX, []) == .noMail)
        #expect(TruthRules.verdict(.nxdomain, []) == .noMail)
        #expect(TruthRules.verdict(.noMailHost, []) == .noMail)
        #expect(TruthRules.verdict(.dnsFailure, []) == .unresolved)
    }

    @Test("The first host that answers SMTP speaks for its domain, else the first")
    func primary() {
        let state = { (behaviour: Behaviour) in FinalState(behaviour.expectation) }
        #expect(TruthRules.primary([state(.silent), state(.hostNXDOMAIN), state(.plain), state(.trusted)]) == 2)
        #expect(TruthRules.primary([state(.silent), state(.closed)]) == 0)
        #expect(TruthRules.primary([state(.dropped), state(.tooManyConnections)]) == 1)
        #expect(TruthRules.primary([]) == nil)
    }

    @Test("An inconclusive attempt is repeated, and another address is tried only when no SMTP was heard")
    func attempts() throws {
        let truth = try LabTruth(configuration: LabConfiguration(scale: 200), retries: 2)
        var kinds: Set<[String]> = []
        for index in 0..<truth.world.providers.hosts {
            let row = truth.truth(of: .pool(index))
            #expect(row.attempts.filter(\.final).count == (row.status == .ok ? 1 : 0))
            #expect(row.attempts.last?.final ?? true)
            if row.addresses.count > 1 {
                kinds.insert(row.attempts.map { "\($0.address.isV6 ? 6 : 4) \($0.attempt) \($0.outcome)" })
            }
        }
        #expect(kinds.contains(["4 1 notSMTP", "4 1 trusted"]))
        #expect(kinds.contains(["4 1 closed", "4 2 closed", "4 3 closed", "4 1 trusted"]))
        #expect(kinds.contains(["4 1 connectTimeout", "4 2 connectTimeout", "4 3 connectTimeout", "4 1 trusted"]))
        #expect(kinds.contains(["4 1 notSMTP", "6 1 refused"]))
        #expect(kinds.contains(["4 1 trusted"]))
    }

    @Test("A host ends as its behaviour says, whatever addresses it has first", arguments: [500])
    func finalOutcomes(scale: Int) throws {
        let truth = try LabTruth(configuration: LabConfiguration(scale: scale))
        for index in 0..<truth.world.providers.hosts {
            let row = truth.truth(of: .pool(index))
            let expected = truth.world.behaviours.pool(index).expectation
            #expect(
                row.outcome == expected.outcome && row.status == expected.status
                    && row.conclusive == expected.conclusive)
        }
    }

    @Test("The summary adds up to the quotas in every weight")
    func summary() throws {
        let configuration = LabConfiguration(scale: 1000)
        let truth = try LabTruth(configuration: configuration)
        let summary = truth.summary(registeredDomain: registered, topProviders: 100_000)
        #expect(summary.statuses.map(\.domains).reduce(0, +) == 8000)
        #expect(
            summary.statuses.map { [$0.status.rawValue: Int($0.domains)] }
                == truth.statusTotals.filter { $0.domains > 0 }.map { [$0.status.rawValue: $0.domains] })
        #expect(summary.verdicts.map(\.domains).reduce(0, +) == 8000)
        #expect(summary.hostStatuses.map(\.weights.hosts).reduce(0, +) == 3435)
        #expect(summary.outcomes.filter { $0.starttls == true }.map(\.weights.hosts).reduce(0, +) == 2614)
        #expect(summary.providers.map(\.weights.hosts).reduce(0, +) == 3435)
        let withHosts = summary.statuses.filter { $0.status == .mx || $0.status == .implicitMX }
        #expect(summary.hostStatuses.map(\.weights.domains).reduce(0, +) == withHosts.map(\.domains).reduce(0, +))
        #expect(summary.hostStatuses.map(\.weights.volume).reduce(0, +) == withHosts.map(\.volume).reduce(0, +))
        #expect(
            summary.statuses.map(\.volume).reduce(0, +)
                == (try LabDomains(configuration: configuration)).reduce(0) { $0 + $1.weight })
    }

    @Test("The summary of the list by its names is the summary of the whole list")
    func summaryByNames() throws {
        let configuration = LabConfiguration(scale: 2000)
        let truth = try LabTruth(configuration: configuration)
        let whole = truth.summary(registeredDomain: registered)
        let byName = truth.summary(
            of: try LabDomains(configuration: configuration), named: whole.scan.list, registeredDomain: registered)
        #expect(whole == byName)
    }

    @Test("Rows of domains and hosts hold together")
    func rows() throws {
        let truth = try LabTruth(configuration: LabConfiguration(scale: 2000))
        var hosts: [String: HostTruth] = [:]
        truth.forEachHost { hosts[$0.host] = $0 }
        #expect(hosts.count == truth.hostCount)
        var named: Set<String> = []
        truth.forEachDomain { row in
            #expect(row.mx == row.mx.sorted())
            #expect(row.mx.map(\.host) == row.hosts.map(\.host))
            #expect(row.hosts.allSatisfy { hosts[$0.host] == $0 })
            #expect((row.primary == nil) == row.mx.isEmpty)
            named.formUnion(row.mx.map(\.host))
        }
        #expect(named == Set(hosts.keys))
    }

    @Test("What DNS answers is what the truth says, for names in the list and others")
    func answersAgree() throws {
        let configuration = LabConfiguration(scale: 2000)
        let truth = try LabTruth(configuration: configuration)
        let strangers =
            (0..<2000).map { "name\($0).example" } + Behaviour.all.map { "\($0.name).behaviour.lab.test" }
            + Behaviour.all.map { "mx.\($0.name).behaviour.lab.test" }
            + DomainKind.allCases.map { "\($0.rawValue).behaviour.lab.test" } + ["gmail.com", "_dmarc.gmail.com"]
        for name in try LabDomains(configuration: configuration).map(\.name) + strangers {
            let row = truth.domain(name)
            let answer = truth.world.answer(name, .mx)
            let records = answer.records.compactMap { record -> MXRecord? in
                guard case .mx(let preference, let host) = record, !host.isEmpty else { return nil }
                return MXRecord(preference: preference, host: host)
            }
            if row.status == .mx { #expect(records.sorted() == row.mx) } else { #expect(records.isEmpty) }
            #expect((answer.code == .nxdomain) == (row.status == .nxdomain))
            #expect((answer.code == .servfail || answer.code == .silence) == (row.status == .dnsFailure))
            if row.status == .implicitMX {
                let found = truth.world.answer(name, .a).records + truth.world.answer(name, .aaaa).records
                let forbidden = LabAnswer.Record.address(.v4(AddressPlan.forbiddenBase))
                #expect(found.filter { $0 != forbidden } == row.hosts[0].addresses.map(LabAnswer.Record.address))
            }
        }
    }

    @Test("A scanner that may use one family only, or not contact loopback, finds other things")
    func settings() throws {
        let configuration = LabConfiguration(scale: 2000)
        let v4 = try LabTruth(configuration: configuration, families: .ipv4Only)
        #expect(v4.host("mx.refused.behaviour.lab.test").status == .noAddress)
        #expect(v4.host("mx.trusted.behaviour.lab.test").outcome == .trusted)
        let strict = try LabTruth(configuration: configuration, policy: ContactPolicy())
        #expect(strict.host("mx.trusted.behaviour.lab.test").status == .forbidden)
        let impatient = try LabTruth(configuration: configuration, retries: 0)
        #expect(impatient.host("mx.silent.behaviour.lab.test").attempts.count == 1)
    }

    @Test("A second look finds hosts that depend on SNI, and nothing else more")
    func secondLook() throws {
        let truths = try [false, true].map { try LabTruth(configuration: LabConfiguration(), secondLook: $0) }
        for behaviour in Behaviour.all {
            let found = truths.map { $0.host("mx.\(behaviour.name).behaviour.lab.test").findings }
            let depends = ["sni-other-certificate", "sni-demanded"].contains(behaviour.name)
            #expect(found[1] == found[0] + (depends ? [.sniDependent] : []))
        }
    }

    @Test("What an expectation says holds together", arguments: Behaviour.all.map(\.name))
    func expectations(name: String) throws {
        let expected = try #require(Behaviour.named(name)).expectation
        #expect((expected.handshake != nil) == (expected.outcome == .handshakeFailed))
        #expect(expected.findings == expected.findings.sorted())
        #expect(Set(expected.findings).count == expected.findings.count)
        let causes = expected.findings.filter { Outcome(rawValue: $0.rawValue) != nil }
        if let verified = expected.verified {
            #expect(verified == causes.isEmpty)
            #expect(expected.starttls == true)
        }
        if expected.outcome?.stage == .certificate { #expect(causes.first?.rawValue == expected.outcome?.rawValue) }
    }
}
