import CensusModel
import CensusSQL
import PostgresClient

/// One attempt as a scan has stored it: what was seen, and how it was judged then.
public struct StoredProbe: Sendable {
    /// Number of the host.
    public let hostID: Int64
    /// Name of the host, as in `MXRecord.host`.
    public let host: String
    /// Number of the attempt at its address, from 1.
    public let attempt: Int
    /// This attempt speaks for its host.
    public let isFinal: Bool
    /// The host, and the domains and mail volume that count at it: nothing of either before the first roll-up, and nothing
    /// at all for an attempt that is not final.
    public let weights: Weights
    /// What was seen, without the transcript.
    public let observation: ProbeObservation
    /// How it was judged.
    public let verdict: ProbeVerdict
}

/// Some attempts in a row, as they came from the database. Decoding them costs time, and may be done on any thread.
public struct StoredProbes: Sendable {
    let rows: Rows

    /// The attempts.
    ///
    /// - Throws: `StoreError` when the database holds what this program cannot read.
    public func decoded() throws -> [StoredProbe] {
        do {
            return try rows.map { row in
                var row = row
                return try row.nextStoredProbe(weighed: true)
            }
        } catch let error as PostgresError {
            throw StoreError(error)
        }
    }
}

extension Store {
    /// Hands every attempt of a scan to `body`, by host, in the order of the attempts, `count` at a time. The scan is seen
    /// as it was at the beginning; nothing is written.
    ///
    /// - Throws: `StoreError`; `CancellationError`; what `body` throws.
    public func forEachStoredProbes(
        _ scan: Int64, count: Int, _ body: (StoredProbes) async throws -> Void
    ) async throws {
        guard try await findScan(id: scan) != nil else { throw Self.noScan(scan) }
        try await translatingErrors {
            try await self.pool.transaction(.snapshot) { connection in
                try await connection.forEachBatch(EmbeddedSQL.storedProbes, [.scan(scan)], size: count) { rows in
                    try await body(StoredProbes(rows: rows))
                }
            }
        }
    }
}

/// In the order of the view `stored_probe`.
extension Row {
    /// - Parameter weighed: domains and volume follow, as in `stored_probes.sql`; otherwise there are none.
    mutating func nextStoredProbe(weighed: Bool) throws -> StoredProbe {
        _ = try next(Int32.self)  // The scan.
        let hostID: Int64 = try next()
        _ = try next(Int16.self)  // The ordinal of the address.
        let host: String = try next()
        let address = try nextAddress()
        let port = UInt16(clamping: try next(Int32.self))
        var observation = ProbeObservation(
            target: ProbeTarget(host: DomainName(normalized: host), address: address, port: port),
            startedAt: try next())
        let attempt = Int(try next(Int16.self))
        let isFinal: Bool = try next()
        let verdict = try nextVerdict()
        try nextDialogue(&observation)
        observation.tls = try nextTLS()
        observation.durations = ProbeStep.durations(try nextOptionalArray())
        observation.chain = try nextArray()
        observation.secondLook = try nextSecondLook()
        var weights = Weights(hosts: isFinal ? 1 : 0)
        if weighed { (weights.domains, weights.volume) = (try nextOptional() ?? 0, try nextOptional() ?? 0) }
        return StoredProbe(
            hostID: hostID, host: host, attempt: attempt, isFinal: isFinal, weights: weights, observation: observation,
            verdict: verdict)
    }

    private mutating func nextVerdict() throws -> ProbeVerdict {
        ProbeVerdict(
            outcome: try nextCode("outcome"), handshakeFailure: try nextParsed("handshake failure") { .init(code: $0) },
            findings: try nextFindings(), conclusive: try next(), starttls: try nextOptional(),
            verified: try nextOptional(), error: try nextOptional())
    }

    private mutating func nextDialogue(_ observation: inout ProbeObservation) throws {
        observation.failure = try nextParsed("failure") { .init(code: $0) }
        observation.greeting = try nextParsed("greeting") { .init(summary: $0) }
        observation.ehlo = try nextParsed("reply to EHLO") { .init(summary: $0) }
        observation.ehloRefusal = try nextParsed("refusal of EHLO") { .init(summary: $0) }
        observation.starttls = try nextParsed("reply to STARTTLS") { .init(summary: $0) }
        observation.ehloUnderTLS = try nextParsed("reply to EHLO under TLS") { .init(summary: $0) }
        observation.starttlsOffered = try nextOptional()
        observation.maskedKeyword = try nextOptional()
        observation.heloOnly = try next()
        observation.bareLineFeed = try next()
        observation.plaintextAfterSTARTTLS = try nextOptional()
        observation.handshakeStep = try nextOptionalCode("handshake step")
    }

    private mutating func nextTLS() throws -> TLSParameters? {
        let version: String? = try nextOptional()
        let cipher: String? = try nextOptional()
        let group: String? = try nextOptional()
        let cipherBits: Int16? = try nextOptional()
        let dhBits: Int32? = try nextOptional()
        let signatureDigest: String? = try nextOptional()
        let forwardSecrecy: Bool? = try nextOptional()
        let clientCertificateRequested: Bool? = try nextOptional()
        let staple: [UInt8]? = try nextOptional()
        guard let version else { return nil }
        return TLSParameters(
            version: version, cipher: cipher ?? "", group: group, cipherBits: Int(cipherBits ?? 0),
            dhBits: dhBits.map { Int($0) }, signatureDigest: signatureDigest, forwardSecrecy: forwardSecrecy ?? false,
            clientCertificateRequested: clientCertificateRequested ?? false, ocspStaple: staple)
    }

    private mutating func nextSecondLook() throws -> SecondLook? {
        let looked: Bool = try next()
        let failure: ProbeFailure? = try nextParsed("failure of the second look") { .init(code: $0) }
        let chain: [[UInt8]] = try nextArray()
        return looked ? SecondLook(failure: failure, chain: chain) : nil
    }

    /// The next column through `parse`; nil when it is NULL.
    private mutating func nextParsed<Value>(_ place: String, _ parse: (String) -> Value?) throws -> Value? {
        guard let text = try nextOptional(String.self) else { return nil }
        guard let value = parse(text) else { throw StoreError.unknownCode(text, in: place) }
        return value
    }
}
