import CensusModel
import CensusSQL
import PostgresClient

/// Row by row: memory does not grow with the scan. Each export sees the scan as it was when it began.
extension Store {
    /// Hands every attempt at every host address to `body`, grouped by host, in the order of the attempts.
    ///
    /// - Throws: `StoreError`; `CancellationError`; what `body` throws.
    public func forEachProbe(_ scan: Int64, _ body: (ProbeRow) throws -> Void) async throws {
        try await stream(EmbeddedSQL.exportProbes, scan) { row in try body(Self.probeRow(&row)) }
    }

    /// Hands every domain that has been resolved to `body`, in the order of the list.
    ///
    /// - Throws: `StoreError`; `CancellationError`; what `body` throws.
    public func forEachDomain(_ scan: Int64, _ body: (DomainRow) throws -> Void) async throws {
        try await stream(EmbeddedSQL.exportDomains, scan) { row in try body(Self.domainRow(&row)) }
    }

    private func stream(_ sql: String, _ scan: Int64, _ body: (inout Row) throws -> Void) async throws {
        guard try await findScan(id: scan) != nil else { throw Self.noScan(scan) }
        try await translatingErrors {
            try await self.pool.transaction { try await $0.forEachRow(sql, [.scan(scan)], body) }
        }
    }

    private static func probeRow(_ row: inout Row) throws -> ProbeRow {
        ProbeRow(
            scan: try row.next(), host: try row.next(), address: try row.nextAddress(),
            port: UInt16(clamping: try row.next(Int32.self)), startedAt: try row.next(),
            outcome: try row.nextCode("outcome"),
            findings: try row.nextFindings(), conclusive: try row.next(),
            starttls: try row.nextOptional(), tlsVersion: try row.nextOptional(), cipher: try row.nextOptional(),
            verified: try row.nextOptional(), error: try row.nextOptional(), greeting: try row.nextOptional(),
            ehlo: try row.nextOptional(), serial: try row.nextOptional(), notBefore: try row.nextOptional(),
            notAfter: try row.nextOptional(), issuer: try row.nextOptional(), subject: try row.nextOptional(),
            names: try row.nextArray(), fingerprint: try row.nextOptional(),
            durations: ProbeStep.durations(try row.nextOptionalArray()), final: try row.next(),
            handshakeFailure: try row.nextOptional(), handshakeStep: try row.nextOptionalCode("handshake step"),
            dhBits: try row.nextOptional(Int32.self).map { Int($0) }, signatureDigest: try row.nextOptional(),
            secondLook: try row.nextOptionalCode("second look"), sharedFrom: try row.nextOptional())
    }

    private static func domainRow(_ row: inout Row) throws -> DomainRow {
        DomainRow(
            scan: try row.next(), domain: try row.next(), weight: try row.next(),
            status: try row.nextCode("domain status"), failure: try row.nextOptionalCode("DNS failure"),
            mx: [], verdict: try row.nextOptionalCode("verdict")
        ).with(hosts: try hosts(&row))
    }

    private static func hosts(_ row: inout Row) throws -> [DomainRow.Host] {
        let names: [String] = try row.nextArray()
        let preferences: [Int32] = try row.nextArray()
        let statuses: [String] = try row.nextArray()
        let outcomes: [String?] = try row.nextOptionalArray()
        let addresses: [String] = try row.nextArray()
        return try names.indices.map { index in
            guard let status = HostStatus(rawValue: statuses[index]) else {
                throw StoreError.unknownCode(statuses[index], in: "host status")
            }
            let outcome = try outcomes[index].map { code in
                guard let outcome = Outcome(rawValue: code) else { throw StoreError.unknownCode(code, in: "outcome") }
                return outcome
            }
            return DomainRow.Host(
                host: names[index], preference: UInt16(clamping: preferences[index]),
                addresses: addresses[index].split(separator: " ").compactMap { IPAddress($0) }, outcome: outcome,
                status: status)
        }
    }
}

extension Row {
    /// The next column, an array of codes.
    mutating func nextFindings() throws -> [Finding] {
        try nextArray(of: String.self).map { code in
            guard let finding = Finding(rawValue: code) else { throw StoreError.unknownCode(code, in: "finding") }
            return finding
        }
    }
}

extension ProbeStep {
    /// Durations that are stored in the order of the steps, NULL for a step that was not begun.
    static func durations(_ milliseconds: [Int32?]) -> [ProbeStep: Int] {
        zip(allCases, milliseconds).reduce(into: [:]) { result, step in
            if let value = step.1 { result[step.0] = Int(value) }
        }
    }
}

extension DomainRow {
    fileprivate func with(hosts: [Host]) -> DomainRow {
        var copy = self
        copy.mx = hosts
        return copy
    }
}
