import CensusModel
import PostgresClient

/// What a result takes as a rule, and a certificate likewise: memory for so much is taken at once.
private let usualBytes = 1024

/// The records of many lanes as they are handed over, with every certificate once.
struct ProbeBatch {
    /// `census.probe_record[]`
    let records: Parameter
    /// `census.certificate_record[]`
    let certificates: Parameter

    /// - Parameters:
    ///   - recordType: `census.probe_record`.
    ///   - certificateType: `census.certificate_record`.
    init(_ completions: [LaneCompletion], recordType: CompositeType, certificateType: CompositeType) {
        let count = completions.reduce(0) { $0 + $1.records.count }
        var records = CompositeArray(of: recordType, expectedBytes: count * usualBytes)
        var table = CertificateTable(certificateType, expected: count)
        // Memory that is used again for each record.
        var chain: [Int32] = []
        var secondChain: [Int32] = []
        // Each record is written, certificates and all, while it is near: a second walk would fetch it from memory again.
        func write(_ record: ProbeRecord, ofLane lane: Int64) {
            table.findPlaces(record.observation.chain, record.evidence?.certificates, &chain)
            table.findPlaces(
                record.observation.secondLook?.chain ?? [], record.secondEvidence?.certificates, &secondChain)
            records.append { $0.add(record, ofLane: lane, chain: chain, secondChain: secondChain) }
        }
        for completion in completions {
            let own = completion.records.span
            for index in own.indices { own.lend(index) { write($0, ofLane: completion.lease.laneID) } }
        }
        self.records = records.finish()
        certificates = table.certificates.finish()
    }
}

/// Certificates, each written when it is met first.
private struct CertificateTable: ~Copyable {
    var certificates: CompositeArray

    /// Places of those that can be parsed, by their fingerprints.
    private var parsed: [Fingerprint: Int32] = [:]
    /// Of the others, by the bytes that were sent. Apart, since a server may send the bytes of another's fingerprint.
    private var unparsed: [[UInt8]: Int32] = [:]

    /// - Parameter expected: how many there may be, as a guess.
    init(_ type: CompositeType, expected: Int) {
        certificates = CompositeArray(of: type, expectedBytes: expected * usualBytes)
        parsed.reserveCapacity(expected)
    }

    /// The places of the certificates of a chain, from 1.
    ///
    /// - Parameter facts: what could be read from each of `chain`; nil when nobody tried.
    mutating func findPlaces(_ chain: [[UInt8]], _ facts: [CertificateFacts?]?, _ places: inout [Int32]) {
        places.removeAll(keepingCapacity: true)
        let facts = facts ?? []
        for index in chain.indices {
            let next = Int32(clamping: certificates.count + 1)
            // Most are known: of those no more is looked at than the fingerprint.
            let fingerprint = index < facts.count ? facts[index]?.fingerprint : nil
            let place =
                if let fingerprint = fingerprint.flatMap({ Fingerprint($0) }) {
                    parsed.place(of: fingerprint, else: next)
                } else {
                    unparsed.place(of: chain[index], else: next)
                }
            if place == next { write(chain[index], facts.span, index) }
            places.append(place)
        }
    }

    private mutating func write(_ der: [UInt8], _ facts: Span<CertificateFacts?>, _ index: Int) {
        certificates.append { fields in
            guard index < facts.count else { return fields.add(der, nil) }
            facts.lend(index) { fields.add(der, $0) }
        }
    }
}

extension Span where Element: ~Copyable {
    /// Hands an element over where it is. Generic over what cannot be copied, so that the compiler does not: it takes a copy of a
    /// struct before a call, and so fetches all that it refers to, whether it is needed or not.
    fileprivate func lend(_ index: Int, to body: (borrowing Element) -> Void) { body(self[index]) }
}

extension Dictionary where Value == Int32 {
    /// The place of `key`, which is put at `next` when it has none. By one search, of which the answer is read in place.
    fileprivate mutating func place(of key: Key, else next: Int32) -> Int32 {
        func read(_ place: inout Int32) -> Int32 { place }
        return read(&self[key, default: next])
    }
}

/// A SHA-256 by value: an array would be followed, and counted, for each comparison.
private struct Fingerprint: Hashable {
    private let words: InlineArray<4, UInt64>

    /// Nil when there are not 32 bytes.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        words = bytes.withUnsafeBytes { raw in
            InlineArray { raw.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self) }
        }
    }

    static func == (one: Self, other: Self) -> Bool {
        one.words.indices.allSatisfy { one.words[$0] == other.words[$0] }
    }

    /// Any part of it is as good as a hash of the whole.
    func hash(into hasher: inout Hasher) { hasher.combine(words[0]) }
}
