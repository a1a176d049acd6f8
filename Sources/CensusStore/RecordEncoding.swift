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
    ///
    /// - Parameters:
    ///   - der: as it was sent.
    ///   - facts: what could be read from it.
    mutating func add(_ der: [UInt8], _ facts: CertificateFacts?) {
        add(der)
        add(facts?.serial)
        add(clamped: facts?.serialLength)
        add(facts?.notBefore)
        add(facts?.notAfter)
        add(facts?.issuer)
        add(facts?.subject)
        add(array: facts?.dnsNames ?? [])
        add(facts?.commonName)
        add(facts?.keyAlgorithm)
        add(clamped: facts?.keyBits)
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
    ///
    /// - Parameters:
    ///   - chain: places in the array of certificates, from 1 as PostgreSQL counts.
    ///   - secondChain: likewise, of the second look.
    mutating func add(_ record: ProbeRecord, ofLane lane: Int64, chain: [Int32], secondChain: [Int32]) {
        add(lane)
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
        addDurations(record.observation.durations)
        add(array: chain)
        add(record.observation.handshakeStep?.rawValue)
        add(clamped: record.observation.tls?.dhBits)
        add(record.observation.tls?.signatureDigest)
        add(record.observation.secondLook != nil)
        add(record.observation.secondLook?.failure?.code)
        add(array: secondChain)
        add(record.observation.ehloRefusal)
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
        add(observation.greeting)
        add(observation.ehlo)
        add(observation.starttls)
        add(observation.ehloUnderTLS)
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

    /// The summary, without making a string of it.
    private mutating func add(_ reply: SMTPReply?) {
        guard let reply else { return add(String?.none) }
        add(text: { writer in reply.writeSummary { writer.append($0) } })
    }

    /// In the order of the steps. By one walk: to look for a step would take its name's hash.
    private mutating func addDurations(_ durations: [ProbeStep: Int]) {
        var milliseconds = StepValues<Int32?>(repeating: nil)
        for (step, duration) in durations { milliseconds[step] = Int32(clamping: duration) }
        milliseconds.forEach { add($0) }
    }

    private mutating func add(clamped number: Int?) { add(number.map { Int32(clamping: $0) }) }
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
