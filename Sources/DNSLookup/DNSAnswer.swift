import CensusModel

/// A usable answer to a question.
struct DNSAnswer: Hashable, Sendable {
    /// False when the name, or the name at the end of its CNAME chain, does not exist (NXDOMAIN).
    let exists: Bool
    /// Rdata of the type asked for; empty for NXDOMAIN and NODATA.
    let records: [RecordData]
    let dnssec: DNSSECStatus
    /// Seconds for which DNS lets the answer be remembered.
    let ttl: UInt32
}

/// How a lookup ended.
enum LookupResult: Hashable, Sendable {
    case answer(DNSAnswer)
    case failure(DNSFailure)

    var dnssec: DNSSECStatus {
        switch self {
        case .answer(let answer): answer.dnssec
        case .failure(.bogus): .bogus
        case .failure(.servfail), .failure(.timeout), .failure(.loop): .indeterminate
        }
    }
}

/// Following a CNAME chain through one message.
enum ChainEnd: Equatable {
    case records([RecordData], ttl: UInt32)
    /// No record of the type at the end of the chain, which is `name`. `ttl` is nil when the message bounds it nowhere.
    case none(name: WireName, ttl: UInt32?)
    case loop

    /// Longer chains count as loops, as with every large resolver.
    static let maxLength = 16

    init(_ message: DNSMessage, _ question: Question) {
        var current = question.name
        var seen: Set<WireName> = []
        var ttl: UInt32?
        while true {
            let matching = message.answers.filter { $0.type == question.type.rawValue && $0.owner == current }
            if !matching.isEmpty {
                self = .records(matching.map(\.data), ttl: matching.reduce(ttl ?? .max) { min($0, $1.ttl) })
                return
            }
            let alias = message.answers.lazy.compactMap { record -> (WireName, UInt32)? in
                if record.owner == current, case .cname(let target) = record.data { (target, record.ttl) } else { nil }
            }.first
            guard let (target, aliasTTL) = alias else {
                self = .none(name: current, ttl: message.authorityTTL.map { min($0, ttl ?? .max) } ?? ttl)
                return
            }
            seen.insert(current)
            guard seen.insert(target).inserted, seen.count <= Self.maxLength else {
                self = .loop
                return
            }
            ttl = min(ttl ?? .max, aliasTTL)
            current = target
        }
    }
}

extension LookupResult {
    /// Reads a response that the resolver library accepted.
    init(_ packet: [UInt8], _ question: Question, dnssec: DNSSECStatus) {
        guard dnssec != .bogus else {
            self = .failure(.bogus)
            return
        }
        guard let message = try? DNSMessage(packet), message.rcode == 0 || message.rcode == 3 else {
            self = .failure(.servfail)
            return
        }
        self.init(ChainEnd(message, question), rcode: message.rcode, dnssec: dnssec)
    }

    private init(_ end: ChainEnd, rcode: UInt8, dnssec: DNSSECStatus) {
        switch end {
        case .records(let records, let ttl):
            self = .answer(DNSAnswer(exists: true, records: records, dnssec: dnssec, ttl: ttl))
        case .none(_, let ttl):
            self = .answer(DNSAnswer(exists: rcode == 0, records: [], dnssec: dnssec, ttl: ttl ?? 0))
        case .loop:
            self = .failure(.loop)
        }
    }

    /// Reads a response for which the word of the server that sent it is enough; nil when the resolver library should see to
    /// the question: errors, what is cut off, broken or goes on elsewhere, and negative answers that do not say so (RFC 2308 §2).
    init?(complete message: DNSMessage, _ question: Question) {
        guard !message.truncated else { return nil }
        let end = ChainEnd(message, question)
        switch (end, message.rcode) {
        case (.records(let records, _), 0) where !records.contains(.other): break
        case (.none(let name, _), 0), (.none(let name, _), 3):
            // The SOA of another zone says nothing about where the aliases end.
            guard let zone = message.soaOwner, name.hasSuffix(zone.octets) else { return nil }
        default: return nil
        }
        self.init(end, rcode: message.rcode, dnssec: .insecure)
    }
}
