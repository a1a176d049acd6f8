import CensusModel
import DatabaseTestSupport
import Foundation
import Testing

@testable import CensusStore

@Suite("Stored observations")
struct StoredProbeTests {
    private let text = "'; \\\\x00 / \"☃\" {,} "

    private func observation(_ target: LaneTarget) -> ProbeObservation {
        var observation = ProbeObservation(
            target: ProbeTarget(host: DomainName(normalized: target.host), address: target.address, port: 2525),
            startedAt: Date(timeIntervalSince1970: 1_400_000_000.125))
        observation.failure = .handshake(.other(text))
        observation.greeting = SMTPReply(code: 220, lines: [text, "", "/"])
        observation.ehlo = SMTPReply(code: 250, lines: ["mx", "XXXXXXXA"])
        observation.starttls = SMTPReply(code: 454, lines: ["not / now"])
        observation.ehloRefusal = SMTPReply(code: 554, lines: ["5.7.1 blocked", text])
        observation.ehloUnderTLS = SMTPReply(code: 421, lines: [""])
        observation.starttlsOffered = false
        observation.maskedKeyword = "XXXXXXXA"
        observation.heloOnly = true
        observation.bareLineFeed = true
        observation.plaintextAfterSTARTTLS = text
        observation.handshakeStep = .serverHelloDone
        observation.tls = TLSParameters(
            version: "TLSv1", cipher: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", group: "ffdhe2048", cipherBits: 128,
            dhBits: 2048, signatureDigest: "MD5-SHA1", forwardSecrecy: true, clientCertificateRequested: true,
            ocspStaple: [0, 255])
        observation.chain = [[0x30, 2], [0x30, 1], [0x30, 2]]
        observation.secondLook = SecondLook(failure: .closed(.greeting), chain: [[0x30, 1]])
        observation.durations = [.connect: 0, .quit: 3]
        return observation
    }

    private func stored(_ change: (LaneTarget) -> ProbeRecord) async throws -> [StoredProbe] {
        try await withStore { store in
            let (scan, worker) = try await store.makePlannedScan(hosts: 1)
            let lane = try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 1).first)
            let records = lane.targets.map(change)
            #expect(try await store.completeLanes([LaneCompletion(lease: lane, records: records)]) == [])
            _ = try await store.rollUp(scan.id)
            var found: [StoredProbe] = []
            try await store.forEachStoredProbes(scan.id, count: 10) { found += try $0.decoded() }
            return found
        }
    }

    @Test("come back as they were seen, with everything that a rule may look at")
    func roundTrip() async throws {
        let verdict = ProbeVerdict(
            outcome: .handshakeFailed, handshakeFailure: .other(text), findings: [.oldProtocol, .weakDH],
            conclusive: true,
            starttls: false, verified: false, error: text)
        let probes = try await stored { target in
            ProbeRecord(
                targetID: target.targetID, hostID: target.hostID, observation: observation(target), verdict: verdict,
                evidence: nil, next: .final)
        }
        let probe = try #require(probes.first)
        #expect(probes.count == 1)
        #expect(probe.host == "mx1.example.net")
        #expect(probe.isFinal)
        #expect(probe.attempt == 1)
        #expect(probe.weights == Weights(hosts: 1, domains: 1, volume: 1))
        #expect(probe.verdict == verdict)
        let found = probe.observation
        let target = LaneTarget(
            targetID: 1, hostID: 1, host: "mx1.example.net", address: found.target.address, attempt: 1,
            hasNextAddress: false)
        // Field by field, by their names: a field that is added and not stored shows here.
        let fields = { (value: ProbeObservation) in
            Mirror(reflecting: value).children.map { "\($0.label ?? ""): \($0.value)" }
        }
        var given = observation(target)
        given.durations = found.durations
        #expect(fields(found) == fields(given))
        #expect(found.durations == [.connect: 0, .quit: 3])
    }

    @Test("of a host that was never reached come back as such")
    func nothing() async throws {
        let probes = try await stored { record($0, .refused, starttls: nil) }
        let found = try #require(probes.first).observation
        #expect(found.tls == nil)
        #expect(found.secondLook == nil)
        #expect(found.chain.isEmpty)
        #expect(found.greeting == nil)
    }
}
