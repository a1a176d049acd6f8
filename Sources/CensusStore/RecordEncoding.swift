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
    }

    private(set) var records: [Item] = []
    private(set) var certificates: [SeenCertificate] = []

    init(_ completions: [LaneCompletion]) {
        var places: [[UInt8]: Int32] = [:]
        for completion in completions {
            for record in completion.records {
                let facts = record.evidence?.certificates ?? []
                let chain = record.observation.chain.enumerated().map { index, der -> Int32 in
                    if let place = places[der] { return place }
                    certificates.append(SeenCertificate(der: der, facts: index < facts.count ? facts[index] : nil))
                    let place = Int32(clamping: certificates.count)
                    places[der] = place
                    return place
                }
                records.append(Item(laneID: completion.lease.laneID, record: record, chain: chain))
            }
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

extension ProbeFailure {
    /// A stable code: the kind and, where there is one, the step or reason.
    fileprivate var code: String {
        switch self {
        case .refused: "refused"
        case .unreachable: "unreachable"
        case .timeout(let step): "timeout:\(step.rawValue)"
        case .closed(let step): "closed:\(step.rawValue)"
        case .reset(let step): "reset:\(step.rawValue)"
        case .rejected(let step): "rejected:\(step.rawValue)"
        case .notSMTP: "not_smtp"
        case .protocolError(let step): "protocol_error:\(step.rawValue)"
        case .handshake(let failure): "handshake:\(failure.code)"
        case .local(let reason): "local:\(reason)"
        }
    }
}
