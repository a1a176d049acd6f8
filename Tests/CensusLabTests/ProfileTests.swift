import CensusModel
import Testing

@testable import CensusLab

/// The numbers here are those of the study (design.md §1), not of the profile.
@Suite("Profile sendgrid-2014")
struct ProfileTests {
    private func totals(scale: Int) throws -> [(behaviour: Behaviour, hosts: Int)] {
        try LabTruth(configuration: LabConfiguration(scale: scale)).hostTotals
    }

    private func sum(_ totals: [(behaviour: Behaviour, hosts: Int)], _ outcomes: Outcome...) -> Int {
        totals.filter { row in row.behaviour.expectation.outcome.map(outcomes.contains) ?? false }.reduce(0) {
            $0 + $1.hosts
        }
    }

    private func claims(_ totals: [(behaviour: Behaviour, hosts: Int)]) -> Int {
        totals.filter { $0.behaviour.expectation.starttls == true }.reduce(0) { $0 + $1.hosts }
    }

    @Test("At 1:1 every number of the study is exact")
    func fullScale() throws {
        let totals = try totals(scale: 1)
        #expect(claims(totals) == 2_614_380)
        #expect(claims(totals) - sum(totals, .trusted) == 223_800)
        #expect(sum(totals, .nameMismatch) == 145_951)
        #expect(sum(totals, .unknownAuthority, .selfSigned, .incompleteChain) == 50_293)
        #expect(sum(totals, .expired, .notYetValid) == 19_755)
        #expect(sum(totals, .starttlsRefused, .handshakeFailed) == 4_628)
        #expect(sum(totals, .negativeSerial) == 1_280)
        #expect(sum(totals, .postTLSFailure, .wrongPurpose, .badSignature, .constraintViolation) == 1_893)
        let hosts = totals.reduce(0) { $0 + $1.hosts }
        #expect(hosts == 3_435_453)
        #expect((Double(claims(totals)) / Double(hosts) * 1000).rounded() == 761)
        #expect(try LabTruth(configuration: LabConfiguration(scale: 1)).domainCount == 8_000_000)
    }

    @Test(
        "At other scales the study's totals are rounded, each by itself",
        arguments: [
            (10, 261_438, 22_380, 14_595), (100, 26_144, 2_238, 1_460), (1000, 2_614, 224, 146), (2000, 1_307, 112, 73),
        ])
    func smallScales(scale: Int, claiming: Int, failing: Int, mismatches: Int) throws {
        let totals = try totals(scale: scale)
        #expect(abs(claims(totals) - claiming) <= 1)
        #expect(abs(claims(totals) - sum(totals, .trusted) - failing) <= 1)
        #expect(abs(sum(totals, .nameMismatch) - mismatches) <= 1)
    }

    @Test("Everything that counts as failed is certain", arguments: [1, 1000])
    func failuresAreConclusive(scale: Int) throws {
        for (behaviour, hosts) in try totals(scale: scale) where hosts > 0 && behaviour.expectation.starttls == true {
            #expect(behaviour.expectation.conclusive, "\(behaviour.name)")
        }
    }

    @Test("Behaviours have names of their own that are DNS labels, and explanations")
    func registry() {
        #expect(Set(Behaviour.all.map(\.name)).count == Behaviour.all.count)
        for behaviour in Behaviour.all {
            #expect(DomainName(normalized: behaviour.name)?.labels.count == 1)
            // The name of the test host is a common name too, which has 64 octets at most.
            #expect("mx.\(behaviour.name).behaviour.lab.test".utf8.count <= 64)
            #expect(!behaviour.summary.isEmpty && !behaviour.reference.isEmpty && !behaviour.advice.isEmpty)
            #expect(Behaviour.named(behaviour.name) == behaviour)
        }
        #expect(Set(DomainKind.allCases.map(\.rawValue)).isDisjoint(with: Behaviour.all.map(\.name)))
    }

    @Test("Hosts, when counted one by one, have the quotas", arguments: [100, 2000, 100_000])
    func enumeratedQuotas(scale: Int) throws {
        let world = try LabWorld(LabConfiguration(scale: scale, seed: 5))
        var counted: [Behaviour: Int] = [:]
        for index in 0..<world.providers.hosts { counted[world.behaviours.pool(index), default: 0] += 1 }
        for rank in 0..<world.implicitCount { counted[world.behaviours.implicit(rank), default: 0] += 1 }
        for (behaviour, hosts) in world.behaviours.totals { #expect(counted[behaviour, default: 0] == hosts) }
    }

    @Test("A scale that no address space or list can hold is refused in words")
    func badScale() {
        #expect(throws: LabError.self) { try LabTruth(configuration: LabConfiguration(scale: 0)) }
        #expect(throws: LabError.self) { try Lab(configuration: LabConfiguration(dnsAddress: "192.0.2.1")) }
    }

    @Test("Profile hostile: every behaviour in equal shares", arguments: [100, 1000, 10_000])
    func hostile(scale: Int) throws {
        let totals = try LabTruth(configuration: LabConfiguration(profile: .hostile, scale: scale)).hostTotals
        #expect(Set(totals.map(\.behaviour)) == Set(Behaviour.all))
        let counts = totals.map(\.hosts)
        #expect(counts.reduce(0, +) == 3_400_000 / scale)
        #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
        #expect(LabProfile.named("hostile")?.hosts == 3_400_000)
    }

    @Test("A lab of the hostile profile holds together at every scale", arguments: [1000, 10_000, 100_000])
    func hostileWorld(scale: Int) throws {
        let truth = try LabTruth(configuration: LabConfiguration(profile: .hostile, scale: scale, seed: 3))
        var hosts = 0
        truth.forEachHost { host in
            hosts += 1
            #expect(host.outcome == host.behaviour.flatMap { Behaviour.named($0) }?.expectation.outcome, "\(host)")
        }
        #expect(hosts == truth.hostCount)
        var domains = 0
        truth.forEachDomain { _ in domains += 1 }
        #expect(domains == truth.domainCount)
    }
}
