import CensusModel
import DatabaseTestSupport
import PostgresClient
import Testing

@testable import CensusStore

@Suite("Records as they are handed to the database")
struct RecordEncodingTests {
    @Test("A certificate is handed over once, and bytes that equal another's fingerprint are not taken for it")
    func certificates() async throws {
        try await withStore { store in
            let (_, worker) = try await store.makePlannedScan(hosts: 4)
            let lease = try #require(try await store.leaseLanes(worker, maxLanes: 1, maxTargetsPerLane: 4).first)
            try #require(lease.targets.count == 4)
            let der: [UInt8] = [0x30, 0x03, 0x02, 0x01, 0x01]
            let fingerprint = [UInt8](repeating: 7, count: 32)
            let parsed = evidence(fingerprint)
            let unparsed = ChainEvidence(
                certificates: [nil], problems: [.malformedCertificate], verifyError: nil)
            let records = zip(lease.targets, [true, false, true, false]).map { target, isParsed in
                record(
                    target, chain: [isParsed ? der : fingerprint], evidence: isParsed ? parsed : unparsed)
            }
            let completion = LaneCompletion(lease: lease, records: records)
            let types = try await store.recordTypes()
            let batch = ProbeBatch([completion], recordType: types.probe, certificateType: types.certificate)
            var handed = try await store.query(
                "SELECT array_agg(c.der) FROM unnest($1) c",
                [batch.certificates]
            ).one()
            #expect(try handed.nextArray(of: [UInt8].self) == [der, fingerprint])
            #expect(try await store.completeLanes([completion]).isEmpty)
            for (target, sent) in zip(lease.targets, [der, fingerprint, der, fingerprint]) {
                var row = try await store.query(
                    """
                    SELECT c.der FROM census.probe_result r JOIN census.chain n ON n.id = r.chain_id
                    JOIN census.certificate c ON c.id = n.certificates[1] WHERE r.host_id = $1
                    """, [Parameter(target.hostID)]
                ).one()
                #expect(try row.next([UInt8].self) == sent)
            }
        }
    }

    private func evidence(_ fingerprint: [UInt8]) -> ChainEvidence {
        let facts = CertificateFacts(
            fingerprint: fingerprint, serial: "01", serialLength: 1, notBefore: nil, notAfter: nil, issuer: "",
            subject: "",
            dnsNames: [], hasAlternativeNames: false, commonName: nil, keyAlgorithm: "EC", keyBits: 256,
            signatureAlgorithm: "ecdsa-with-SHA256", isSelfSigned: false, isCA: false, mustStaple: false,
            namesIssuerLocation: false)
        return ChainEvidence(certificates: [facts], problems: [], verifyError: nil)
    }
}
