import CensusModel
import Foundation
import Testing

@testable import CensusStore
@testable import CensusWorker

@Suite("Looks that stand for other names")
struct SharedLookTests {
    private static let address = IPAddress.v4(0xc000_0201)

    /// A complete dialogue with a TLS session, made for `host`.
    private func session(
        _ host: String?, chain: [[UInt8]] = [[0x30, 1], [0x30, 2]], version: String = "TLSv1.3",
        _ change: (inout ProbeObservation) -> Void = { _ in }
    ) -> ProbeObservation {
        var observation = ProbeObservation(
            target: ProbeTarget(host: host.flatMap { DomainName(normalized: $0) }, address: Self.address, port: 25),
            startedAt: Date(timeIntervalSince1970: 1_400_000_000))
        observation.starttlsOffered = true
        observation.handshakeStep = .finished
        observation.tls = TLSParameters(
            version: version, cipher: "TLS_AES_128_GCM_SHA256", group: "x25519", cipherBits: 128, forwardSecrecy: true,
            clientCertificateRequested: false, ocspStaple: nil)
        observation.chain = chain
        change(&observation)
        return observation
    }

    /// A complete dialogue with a host that offers no STARTTLS.
    private func plain(_ host: String) -> ProbeObservation {
        session(host, chain: []) {
            $0.starttlsOffered = false
            $0.handshakeStep = nil
            $0.tls = nil
        }
    }

    /// Certificates name the hosts of example.org.
    private func judge(_ observation: ProbeObservation) -> ProbeVerdict {
        guard observation.tls != nil else {
            return ProbeVerdict(
                outcome: .starttlsNotOffered, conclusive: true, starttls: false, verified: nil, error: nil)
        }
        let named = observation.target.host?.text.hasSuffix(".example.org") ?? false
        return ProbeVerdict(
            outcome: named ? .trusted : .nameMismatch, findings: named ? [] : [.nameMismatch], conclusive: true,
            starttls: true, verified: named, error: nil)
    }

    private func record(
        _ observation: ProbeObservation, host: Int64 = 1, verdict: ProbeVerdict? = nil, next: NextStep = .final
    ) -> ProbeRecord {
        ProbeRecord(
            targetID: host, hostID: host, observation: observation, verdict: verdict ?? judge(observation),
            evidence: nil, next: next)
    }

    private func evidence(_ records: ProbeRecord...) -> AddressEvidence {
        var evidence = AddressEvidence(nil)
        for record in records { evidence.add(record, judge: judge) }
        return evidence
    }

    private func state(_ first: ProbeObservation, _ second: ProbeObservation) -> AddressLook.State? {
        evidence(record(first), record(second, host: 2)).state
    }

    @Test("Two names with the same certificates make an address independent, whether they are named or not")
    func same() {
        #expect(state(session("a.example.org"), session("b.example.org")) == .independent)
        #expect(state(session("a.example.org"), session("b.example.net")) == .independent)
        #expect(state(session("a.example.net"), session("b.example.org")) == .independent)
        // No name is told before STARTTLS.
        #expect(state(plain("a.example.org"), plain("b.example.net")) == .independent)
    }

    @Test("Any difference makes it dependent")
    func different() {
        let first = session("a.example.org")
        let others = [
            session("b.example.org", chain: [[0x30, 9], [0x30, 2]]), session("b.example.org", chain: [[0x30, 1]]),
            session("b.example.org", version: "TLSv1.2"), plain("b.example.org"),
            session("b.example.org") { $0.failure = .closed(.quit) },
            session("b.example.org") { $0.starttlsOffered = nil },
        ]
        for (number, other) in others.enumerated() { #expect(state(first, other) == .dependent, "\(number)") }
    }

    @Test("What was judged otherwise than the first look would be makes it dependent")
    func judgedOtherwise() {
        let odd = ProbeVerdict(
            outcome: .trusted, findings: [.sniDependent], conclusive: true, starttls: true, verified: true, error: nil)
        let second = record(session("b.example.org"), host: 2, verdict: odd)
        #expect(evidence(record(session("a.example.org")), second).state == .dependent)
    }

    @Test(
        "A failed handshake, a host that did not speak SMTP, and one that tells clients without SNI apart never stand")
    func mayNotStand() {
        let alert = { (host: String) in
            self.session(host, chain: []) {
                $0.tls = nil
                $0.handshakeStep = .clientHello
                $0.failure = .handshake(.alert(112))
            }
        }
        let failed = ProbeVerdict(
            outcome: .handshakeFailed, handshakeFailure: .alert(112), conclusive: true, starttls: true, verified: nil,
            error: nil)
        let http = ProbeVerdict(outcome: .notSMTP, conclusive: true, starttls: nil, verified: nil, error: nil)
        let told = ProbeVerdict(
            outcome: .trusted, findings: [.sniDependent], conclusive: true, starttls: true, verified: true, error: nil)
        for (look, verdict) in [(alert, failed), (plain, http), ({ self.session($0) }, told)] {
            var evidence = AddressEvidence(nil)
            evidence.add(record(look("a.example.org"), verdict: verdict)) { _ in verdict }
            #expect(evidence.state == .single)
            evidence.add(record(look("b.example.org"), host: 2, verdict: verdict)) { _ in verdict }
            #expect(evidence.state == .dependent)
        }
    }

    @Test("A look that could not look, is repeated, moves on or told no name is no evidence")
    func noEvidence() {
        let unseen = ProbeVerdict(outcome: .trusted, conclusive: false, starttls: true, verified: nil, error: nil)
        let nothing = [
            record(session("b.example.org", chain: [[9]]), host: 2, verdict: unseen),
            record(session("b.example.org", chain: [[9]]), host: 2, next: .retry(afterSeconds: 1)),
            record(session("b.example.org", chain: [[9]]), host: 2, next: .nextAddress),
            record(session(nil, chain: [[9]]), host: 2),
        ]
        for look in nothing {
            #expect(evidence(look).state == nil)
            let some = evidence(record(session("a.example.org")), look)
            #expect(some.state == .single)
            #expect(some.missing == 1)
            #expect(some.checks == 0)
        }
    }

    @Test("A check that holds is counted; one that does not ends it for good")
    func checks() {
        var some = evidence(record(session("a.example.org")), record(session("b.example.org"), host: 2))
        some.share(7)
        #expect(some.unchecked == 7)
        some.add(record(session("c.example.net"), host: 3), judge: judge)
        #expect(some.state == .independent)
        #expect(some.checks == 2)
        #expect(some.unchecked == 0)
        some.add(record(session("d.example.org", chain: [[0x30, 9]]), host: 4), judge: judge)
        #expect(some.state == .dependent)
        some.add(record(session("e.example.org"), host: 5), judge: judge)
        #expect(some.state == .dependent)
        #expect(some.first?.hostID == 1)
    }

    private func targets(_ count: Int) -> [LaneTarget] {
        (0..<count).map {
            LaneTarget(
                targetID: Int64($0), hostID: Int64($0), host: "mx\($0).example.net", address: Self.address, attempt: 1,
                hasNextAddress: false)
        }
    }

    private func checked(
        _ targets: [LaneTarget], share: Double, scan: Int64 = 1, unchecked: Int = 0, named: Bool = true
    ) -> [LaneTarget] {
        let split = SharedLookChecks(share: share, scanID: scan).split(targets, unchecked: unchecked) { _ in named }
        #expect(split.checked.count + split.shared.count == targets.count)
        #expect(Set(split.checked).isDisjoint(with: split.shared))
        return split.checked
    }

    @Test(
        "About the share asked for is checked, ten times as much of hosts that the certificate does not name",
        arguments: [(0.02, true, 0.02), (0.1, true, 0.1), (0.5, true, 0.5), (0.005, false, 0.05), (0.02, false, 0.2)])
    func share(share: Double, named: Bool, expected: Double) {
        let count = checked(targets(20_000), share: share, named: named).count
        // By name the share; where no name was drawn for twice the mean gap (e^-2 of all gaps), one more.
        #expect((0.95...1.35).contains(Double(count) / (20_000 * expected)))
    }

    @Test("Never are more shared in a row than twice the mean gap, also across leases")
    func limit() {
        let all = targets(5000)
        for (named, limit) in [(true, 100), (false, 10)] {
            let checked = Set(checked(all, share: 0.02, named: named))
            var row = 0
            for target in all {
                row = checked.contains(target) ? 0 : row + 1
                #expect(row <= limit)
            }
        }
        #expect(checked(targets(1), share: 0.02, unchecked: 100).count == 1)
        #expect(checked(targets(1), share: 0.02, unchecked: 99).isEmpty)
    }

    @Test("Each scan checks other names, and the same ones each time it is asked")
    func names() {
        let names = { (scan: Int64) in Set(checked(targets(5000), share: 0.02, scan: scan).map(\.host)) }
        #expect(names(1) == names(1))
        #expect(names(1).intersection(names(2)).count < names(1).count / 4)
        #expect(checked(targets(100), share: 1).count == 100)
        #expect(checked(targets(100), share: 0.1, named: false).count == 100)
    }
}
