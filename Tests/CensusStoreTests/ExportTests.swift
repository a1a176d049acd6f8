import CensusModel
import DatabaseTestSupport
import Foundation
import PostgresClient
import Testing

@testable import CensusStore

@Suite("Exports")
struct ExportTests {
    @Test("Every domain is exported with its hosts, in the order of the list")
    func domains() async throws {
        try await withStore { store in
            let scan = try await SmallWorld.scan(store)
            #expect(try await store.finishIfComplete(scan.id))
            var rows: [DomainRow] = []
            try await store.forEachDomain(scan.id) { rows.append($0) }
            #expect(rows.map(\.domain) == SmallWorld.domains.map(\.name))
            #expect(rows.map(\.weight) == SmallWorld.domains.map(\.weight))
            #expect(rows.map { $0.mx.map(\.host) } == SmallWorld.domains.map(\.mx))
            let fallback = try #require(rows.first { $0.domain == "fallback.example" })
            #expect(
                fallback
                    == DomainRow(
                        scan: "small", domain: "fallback.example", weight: 11, status: .mx, failure: nil,
                        mx: [
                            .init(
                                host: "refused.p3.net", preference: 10, addresses: [address("192.0.2.1")],
                                outcome: .refused,
                                status: .ok),
                            .init(
                                host: "plain.p3.net", preference: 20, addresses: [address("192.0.2.1")],
                                outcome: .starttlsNotOffered, status: .ok),
                        ], verdict: .plain))
            #expect(rows.first { $0.domain == "servfail.example" }?.failure == .servfail)
            #expect(rows.first { $0.domain == "lost.example" }?.mx.first?.status == .dnsFailure)
        }
    }

    @Test("A host that took two attempts is exported once with its domain, with the outcome of the last")
    func retriedHost() async throws {
        try await withStore { store in
            let (scan, worker) = try await store.makePlannedScan(hosts: 1)
            for (outcome, next) in [(Outcome.connectTimeout, NextStep.retry(afterSeconds: 0)), (.trusted, .final)] {
                try await store.passTime()
                let lease = try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 1).first)
                #expect(try await store.completeLanes([completion(lease, outcome, next: next)]) == [])
            }
            var hosts: [[DomainRow.Host]] = []
            try await store.forEachDomain(scan.id) { hosts.append($0.mx) }
            #expect(hosts.map { $0.map(\.outcome) } == [[.trusted]])
        }
    }

    /// A record with every field set to something that a careless program would break.
    private func hostile(_ target: LaneTarget) -> ProbeRecord {
        let text = "'; DROP TABLE census.scan; -- \"\\x00\\r\\n\" ☃ {,} \u{7f}"
        var observation = ProbeObservation(
            target: ProbeTarget(host: nil, address: target.address, port: 2525),
            startedAt: Date(timeIntervalSince1970: 1_400_000_000.125))
        observation.failure = .timeout(.quit)
        observation.greeting = SMTPReply(code: 220, lines: [text, ""])
        observation.ehlo = SMTPReply(code: 250, lines: ["STARTTLS", text])
        observation.tls = TLSParameters(
            version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", group: "x25519", cipherBits: 256,
            dhBits: 1024, signatureDigest: "SHA1", forwardSecrecy: true, clientCertificateRequested: false,
            ocspStaple: [0, 255])
        observation.handshakeStep = .finished
        observation.secondLook = SecondLook(failure: .handshake(.other(text)), chain: [[0x30, 0, 3], [0x30, 0, 2]])
        observation.chain = [[0x30, 0, 1], [0x30, 0, 2]]
        observation.durations = [.connect: 0, .greeting: 15_000, .quit: 3]
        let leaf = CertificateFacts(
            fingerprint: [], serial: "-7f", serialLength: 1, notBefore: Date(timeIntervalSince1970: -62_000_000_000),
            notAfter: Date(timeIntervalSince1970: 253_402_300_799), issuer: text, subject: "{\"a\",NULL}",
            dnsNames: ["*.example.net", "a,b\"{}\\"], hasAlternativeNames: true, commonName: nil, keyAlgorithm: "EC",
            keyBits: 256,
            signatureAlgorithm: "ecdsa-with-SHA256", isSelfSigned: false, isCA: false, mustStaple: true,
            namesIssuerLocation: true)
        return ProbeRecord(
            targetID: target.targetID, hostID: target.hostID, observation: observation,
            verdict: ProbeVerdict(
                outcome: .negativeSerial, findings: [.negativeSerial, .wildcard], conclusive: true, starttls: true,
                verified: false, error: text),
            evidence: ChainEvidence(certificates: [leaf, nil], problems: [], verifyError: text),
            next: .final)
    }

    @Test("Hostile text, extreme dates and unreadable certificates come back intact")
    func probes() async throws {
        try await withStore { store in
            let hostName = "evil\\x00'\\\"; host"
            let scan = try await store.makeScan(["a.example"])
            let worker = try await store.register()
            try await store.resolveAll(
                worker, answer: { _ in .init(status: .mx, mx: [MXRecord(preference: 65535, host: hostName)]) },
                host: { resolvedHost($0, [address("2001:db8::1")]) })
            _ = try await store.planProbes(scan.id)
            let lane = try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 1).first)
            #expect(lane.targets[0].host == hostName)
            let given = hostile(lane.targets[0])
            #expect(try await store.completeLanes([LaneCompletion(lease: lane, records: [given])]) == [])
            var rows: [ProbeRow] = []
            try await store.forEachProbe(scan.id) { rows.append($0) }
            let leaf = try #require(given.evidence?.leaf)
            // Of the bytes 30 00 01, by sha256sum.
            let fingerprint = "52d9782755261fdb0601af0d78f7057298b4e94cdec402a1b3dde85da6e2716c"
            #expect(
                rows == [
                    ProbeRow(
                        scan: "scan", host: hostName, address: address("2001:db8::1"), port: 2525,
                        startedAt: given.observation.startedAt, outcome: .negativeSerial,
                        findings: [.negativeSerial, .wildcard], conclusive: true, starttls: true, tlsVersion: "TLSv1.3",
                        cipher: "TLS_AES_256_GCM_SHA384", verified: false, error: given.verdict.error,
                        greeting: given.observation.greeting?.summary, ehlo: given.observation.ehlo?.summary,
                        serial: "-7f",
                        notBefore: leaf.notBefore, notAfter: leaf.notAfter, issuer: leaf.issuer, subject: leaf.subject,
                        names: leaf.dnsNames, fingerprint: fingerprint, durations: given.observation.durations,
                        final: true, handshakeStep: .finished, dhBits: 1024, signatureDigest: "SHA1",
                        secondLook: .other)
                ])
            #expect(try await store.value("SELECT count(*) FROM census.certificate WHERE serial IS NULL") == 2)
            #expect(
                try await store.value(
                    """
                    SELECT count(*) FROM census.probe_result r
                    JOIN census.chain a ON a.id = r.chain_id JOIN census.chain b ON b.id = r.second_look_chain_id
                    WHERE a.certificates[1] <> b.certificates[1] AND a.certificates[2] = b.certificates[2]
                      AND r.second_look_failure LIKE 'handshake:other: ''; DROP TABLE%'
                    """) == 1)
        }
    }

    @Test("A certificate and a chain are stored once, however many hosts send them")
    func certificates() async throws {
        try await withStore { store in
            let (_, worker) = try await store.makePlannedScan(hosts: 20) { [.v4(0x0a00_0000 + UInt32($0) << 8)] }
            let root: [UInt8] = [0x30, 9]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        while true {
                            let lanes = try await store.leaseLanes(worker, maxLanes: 2, maxTargetsPerLane: 9)
                            if lanes.isEmpty { return }
                            let done = lanes.map { lane in
                                LaneCompletion(
                                    lease: lane,
                                    records: lane.targets.map {
                                        record($0, chain: [[0x30, UInt8($0.hostID % 3)], root])
                                    })
                            }
                            #expect(try await store.completeLanes(done) == [])
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.value("SELECT count(*) FROM census.certificate") == 4)
            #expect(try await store.value("SELECT count(*) FROM census.chain") == 3)
            #expect(try await store.value("SELECT count(chain_id) FROM census.probe_result") == 20)
        }
    }

    @Test("An export can be ended by its reader, and the store goes on")
    func ended() async throws {
        struct Enough: Error {}
        try await withStore { store in
            let scan = try await SmallWorld.scan(store)
            await #expect(throws: Enough.self) { try await store.forEachDomain(scan.id) { _ in throw Enough() } }
            await #expect(throws: StoreError.self) { try await store.forEachProbe(99) { _ in } }
            var count = 0
            try await store.forEachProbe(scan.id) { _ in count += 1 }
            #expect(count == 8)
        }
    }

    @Test(
        "A second look is the same certificate, another one, none, or says nothing",
        arguments: [
            // A server may send the same leaf with other intermediates: what counts is the leaf.
            (SecondLook(failure: nil, chain: [[0x30, 1], [0x30, 2]]), SecondLookResult.same),
            (SecondLook(failure: .timeout(.quit), chain: [[0x30, 1]]), .same),
            (SecondLook(failure: nil, chain: [[0x30, 3], [0x30, 2]]), .other),
            (SecondLook(failure: .handshake(.alert(112)), chain: []), .noCertificate),
            (SecondLook(failure: .handshake(.closed), chain: []), .noCertificate),
            (SecondLook(failure: .handshake(.timeout), chain: []), .unseen),
            (SecondLook(failure: .handshake(.reset), chain: []), .unseen),
            (SecondLook(failure: .rejected(.greeting), chain: []), .unseen),
            (SecondLook(failure: nil, chain: []), .unseen),
        ])
    func secondLooks(look: SecondLook, expected: SecondLookResult) async throws {
        try await withStore { store in
            let (scan, worker) = try await store.makePlannedScan(hosts: 1)
            let lane = try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 1).first)
            let given = record(lane.targets[0], chain: [[0x30, 1], [0x30, 2]], secondLook: look)
            #expect(try await store.completeLanes([LaneCompletion(lease: lane, records: [given])]) == [])
            var found: [SecondLookResult?] = []
            try await store.forEachProbe(scan.id) { found.append($0.secondLook) }
            #expect(found == [expected])
            #expect(SecondLookResult(look, beside: given.observation.chain) == expected)
        }
    }
}
