import CensusModel
import PostgresClient

// How results are handed to the schema's functions: field by field in the order of the composite types, which are
// created beside the functions in sql/migrations. The server refuses a wrong number or type of fields.

extension CompositeFields {
    /// `census.domain_answer`.
    mutating func add(_ result: DomainResult) {
        let resolution = result.resolution
        add(result.domainID)
        add(resolution.status.rawValue)
        add(resolution.failure?.rawValue)
        add(resolution.dnssec.rawValue)
        add(array: resolution.mx.map { Int32($0.preference) })
        add(array: resolution.mx.map(\.host))
    }

    /// `census.host_answer`.
    mutating func add(_ result: HostResult) {
        let permitted = Set(result.permitted)
        let addresses = result.permitted + result.resolution.addresses.filter { !permitted.contains($0) }
        add(result.host)
        add(result.provider)
        add(result.resolution.status.rawValue)
        add(result.resolution.failure?.rawValue)
        add(result.resolution.dnssec.rawValue)
        add(array: addresses.map { Inet(bytes: $0.bytes) })
        add(Int32(clamping: result.permitted.count))
    }

    /// `census.certificate_record`.
    mutating func add(_ certificate: SeenCertificate) {
        let facts = certificate.facts
        add(certificate.der)
        add(facts?.serial)
        add(facts.map { Int32(clamping: $0.serialLength) })
        add(facts?.notBefore)
        add(facts?.notAfter)
        add(facts?.issuer)
        add(facts?.subject)
        add(array: facts?.dnsNames ?? [])
        add(facts?.commonName)
        add(facts?.keyAlgorithm)
        add(facts.map { Int32(clamping: $0.keyBits) })
        add(facts?.signatureAlgorithm)
        add(facts?.isSelfSigned)
        add(facts?.isCA)
        add(facts?.mustStaple)
    }

    /// `census.withdrawal`.
    mutating func add(_ withdrawal: Withdrawal, ofLane lane: Int64) {
        add(lane)
        add(withdrawal.targetID)
        add(withdrawal.hostID)
        add(withdrawal.wholeHost)
    }

    /// `census.look_note`.
    mutating func add(_ note: LookNote, ofLane lane: Int64) {
        add(lane)
        add(Inet(bytes: note.address.bytes))
        add(note.state.rawValue)
        add(note.hostID)
        add(Int32(clamping: note.checks))
        add(Int32(clamping: note.unchecked))
    }

    /// `census.probe_record`.
    mutating func add(_ item: ProbeBatch.Item) {
        let record = item.record
        add(item.laneID)
        add(record.targetID)
        add(record.hostID)
        add(record.next.code)
        add(record.next.seconds)
        add(record.observation.startedAt)
        add(Int32(record.observation.target.port))
        addVerdict(record.verdict)
        addDialogue(record.observation)
        addTLS(record.observation.tls)
        add(record.evidence?.verifyError)
        for step in ProbeStep.allCases { add(record.observation.durations[step].map { Int32(clamping: $0) }) }
        add(array: item.chain)
        add(record.observation.handshakeStep?.rawValue)
        add(record.observation.tls?.dhBits.map { Int32(clamping: $0) })
        add(record.observation.tls?.signatureDigest)
        add(record.observation.secondLook != nil)
        add(record.observation.secondLook?.failure?.code)
        add(array: item.secondChain)
        add(record.observation.ehloRefusal?.summary)
        add(record.pushedBack)
        add(record.sharedFrom)
    }

    private mutating func addVerdict(_ verdict: ProbeVerdict) {
        add(verdict.outcome.rawValue)
        add(verdict.handshakeFailure?.code)
        add(array: verdict.findings.map(\.rawValue))
        add(verdict.conclusive)
        add(verdict.starttls)
        add(verdict.verified)
        add(verdict.error)
    }

    private mutating func addDialogue(_ observation: ProbeObservation) {
        add(observation.failure?.code)
        add(observation.greeting?.summary)
        add(observation.ehlo?.summary)
        add(observation.starttls?.summary)
        add(observation.ehloUnderTLS?.summary)
        add(observation.starttlsOffered)
        add(observation.maskedKeyword)
        add(observation.heloOnly)
        add(observation.bareLineFeed)
        add(observation.plaintextAfterSTARTTLS)
    }

    private mutating func addTLS(_ tls: TLSParameters?) {
        add(tls?.version)
        add(tls?.cipher)
        add(tls?.group)
        add(tls.map { Int16(clamping: $0.cipherBits) })
        add(tls?.forwardSecrecy)
        add(tls?.clientCertificateRequested)
        add(tls?.ocspStaple)
    }
}

/// A certificate as it was sent, and what could be read from it.
struct SeenCertificate {
    let der: [UInt8]
    let facts: CertificateFacts?
}

/// The records of many lanes, with every certificate once.
struct ProbeBatch {
    struct Item {
        let laneID: Int64
        let record: ProbeRecord
        /// Places in `certificates`, from 1 as PostgreSQL counts.
        let chain: [Int32]
        /// Likewise, of the second look.
        let secondChain: [Int32]
    }

    private(set) var records: [Item] = []
    private(set) var certificates: [SeenCertificate] = []

    private var places: [CertificateKey: Int32] = [:]

    /// What a certificate is found by: its fingerprint, which is quicker than the whole. What cannot be parsed has none, and is kept
    /// apart, since a server may send the bytes of another's fingerprint.
    private enum CertificateKey: Hashable {
        case fingerprint([UInt8])
        case unparsed([UInt8])
    }

    init(_ completions: [LaneCompletion]) {
        for completion in completions {
            for record in completion.records {
                let chain = add(record.observation.chain, record.evidence)
                let secondChain = add(record.observation.secondLook?.chain ?? [], record.secondEvidence)
                records.append(
                    Item(laneID: completion.lease.laneID, record: record, chain: chain, secondChain: secondChain))
            }
        }
    }

    private mutating func add(_ chain: [[UInt8]], _ evidence: ChainEvidence?) -> [Int32] {
        let facts = evidence?.certificates ?? []
        return chain.enumerated().map { index, der in
            let known = index < facts.count ? facts[index] : nil
            let key = known.map { CertificateKey.fingerprint($0.fingerprint) } ?? .unparsed(der)
            if let place = places[key] { return place }
            certificates.append(SeenCertificate(der: der, facts: known))
            let place = Int32(clamping: certificates.count)
            places[key] = place
            return place
        }
    }
}

extension NextStep {
    fileprivate var code: String {
        switch self {
        case .final: "final"
        case .nextAddress: "next_address"
        case .retry: "retry"
        }
    }

    fileprivate var seconds: Double? {
        switch self {
        case .final, .nextAddress: nil
        case .retry(let seconds): seconds
        }
    }
}
