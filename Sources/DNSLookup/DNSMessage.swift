import CensusModel

/// The record types that the census asks for (RFC 1035 §3.2.2, RFC 3596).
enum RecordType: UInt16, Sendable {
    case a = 1
    case ns = 2
    case cname = 5
    case soa = 6
    case mx = 15
    case aaaa = 28
    case dnskey = 48
}

/// What is asked: class IN is understood.
struct Question: Hashable, Sendable {
    let name: WireName
    let type: RecordType
}

extension Question {
    /// Appends a query (RFC 1035 §4.1) with recursion desired, and EDNS (RFC 6891) that offers 1,232 octets.
    func appendMessage(id: UInt16, to octets: inout [UInt8]) {
        octets.append(UInt8(id >> 8))
        octets.append(UInt8(id & 0xff))
        octets += Self.header
        octets += name.octets
        octets.append(UInt8(type.rawValue >> 8))
        octets.append(UInt8(type.rawValue & 0xff))
        octets += Self.classAndEDNS
    }

    /// Flags; one question, no answer, no authority, one additional record.
    private static let header: [UInt8] = [0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 1]
    private static let classAndEDNS: [UInt8] = [0, 1, 0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0]
}

enum RecordData: Hashable, Sendable {
    case address(IPAddress)
    case mx(preference: UInt16, exchange: WireName)
    case cname(WireName)
    /// A type that nobody asked for, or rdata that breaks the form of its type.
    case other
}

struct ResourceRecord: Hashable, Sendable {
    let owner: WireName
    let type: UInt16
    let ttl: UInt32
    let data: RecordData
}

/// Why octets are no DNS message.
enum MessageError: Error, Hashable {
    /// The message ends inside a field.
    case short
    /// A compression pointer that does not point backwards, too many in one name, or a reserved label type.
    case badPointer
    /// A name of more than 255 octets.
    case longName
    case notResponse
}

/// A DNS response (RFC 1035 §4), read defensively: all offsets are checked, compression pointers must point backwards
/// (so every name ends), and nothing outside the answer section is kept.
struct DNSMessage: Sendable {
    let id: UInt16
    /// 0…15; extended codes are of no use here.
    let rcode: UInt8
    let truncated: Bool
    /// The first of the question section.
    let question: (name: WireName, type: UInt16, recordClass: UInt16)?
    let questionCount: Int
    let answers: [ResourceRecord]
    /// The least TTL in the authority section, which bounds negative answers (RFC 2308 §5); nil without any.
    let authorityTTL: UInt32?
    /// The owner of an SOA record in the authority section, which every complete negative answer has (RFC 2308 §3).
    let soaOwner: WireName?

    init(_ octets: [UInt8]) throws(MessageError) {
        var reader = MessageReader(octets)
        id = try reader.word()
        let flags = try reader.word()
        guard flags & 0x8000 != 0 else { throw .notResponse }
        rcode = UInt8(flags & 0xf)
        truncated = flags & 0x0200 != 0
        let questions = try reader.word()
        let answerCount = try reader.word()
        let authorityCount = try reader.word()
        _ = try reader.word()
        var first: (name: WireName, type: UInt16, recordClass: UInt16)?
        for index in 0..<questions {
            let name = try reader.name()
            let type = try reader.word()
            let recordClass = try reader.word()
            if index == 0 { first = (name, type, recordClass) }
        }
        question = first
        questionCount = Int(questions)
        var records: [ResourceRecord] = []
        for _ in 0..<answerCount { records.append(try reader.record()) }
        answers = records
        var least: UInt32?
        var soa: WireName?
        for _ in 0..<authorityCount {
            let record = try reader.record()
            least = min(least ?? record.ttl, record.ttl)
            if record.type == RecordType.soa.rawValue { soa = record.owner }
        }
        authorityTTL = least
        soaOwner = soa
    }

    /// Whether this is a response to `question`. Only a server that could not even read it may leave it out: without it, a forger
    /// would need no more than an id (RFC 5452 §9.1).
    func answers(_ question: Question) -> Bool {
        guard let own = self.question else { return rcode != 0 && rcode != 3 }
        return questionCount == 1 && own.name == question.name && own.type == question.type.rawValue
            && own.recordClass == 1
    }
}

/// A cursor over a message.
struct MessageReader {
    private let octets: [UInt8]
    private var at = 0

    init(_ octets: [UInt8]) { self.octets = octets }

    mutating func byte() throws(MessageError) -> UInt8 {
        guard at < octets.count else { throw .short }
        defer { at += 1 }
        return octets[at]
    }

    mutating func word() throws(MessageError) -> UInt16 {
        let high = try byte()
        return UInt16(high) << 8 | UInt16(try byte())
    }

    mutating func double() throws(MessageError) -> UInt32 {
        let high = try word()
        return UInt32(high) << 16 | UInt32(try word())
    }

    /// A name, with compression (RFC 1035 §4.1.4) expanded.
    mutating func name() throws(MessageError) -> WireName {
        var name: [UInt8] = []
        name.reserveCapacity(32)
        var cursor = at
        // Each pointer must lead before the part that it stands in, hence no loop is possible.
        var partStart = at
        // A name has 127 labels at most, and a pointer before each is more than any compression needs. Without this bound
        // 64 KiB of pointers to pointers would cost a second of work.
        var jumps = 0
        while true {
            guard cursor < octets.count else { throw .short }
            let first = Int(octets[cursor])
            if first == 0 {
                if jumps == 0 { at = cursor + 1 }
                break
            } else if first < 0x40 {
                guard cursor + first < octets.count else { throw .short }
                // With the final zero.
                guard name.count + first + 2 <= 255 else { throw .longName }
                name.append(UInt8(first))
                for octet in octets[(cursor + 1)...(cursor + first)] { name.append(WireName.lowercased(octet)) }
                cursor += first + 1
            } else {
                guard first >= 0xc0 else { throw .badPointer }
                guard cursor + 1 < octets.count else { throw .short }
                let target = (first & 0x3f) << 8 | Int(octets[cursor + 1])
                guard target < partStart, jumps < 127 else { throw .badPointer }
                if jumps == 0 { at = cursor + 2 }
                jumps += 1
                cursor = target
                partStart = target
            }
        }
        name.append(0)
        return WireName(checked: name)
    }

    mutating func record() throws(MessageError) -> ResourceRecord {
        let owner = try name()
        let type = try word()
        let recordClass = try word()
        let ttl = try double()
        let length = Int(try word())
        let end = at + length
        guard end <= octets.count else { throw .short }
        let data = recordClass == 1 ? try self.data(of: type, end: end) : .other
        at = end
        // RFC 2181 §8: a TTL with the top bit set counts as zero.
        return ResourceRecord(owner: owner, type: type, ttl: ttl > UInt32(Int32.max) ? 0 : ttl, data: data)
    }

    private mutating func data(of type: UInt16, end: Int) throws(MessageError) -> RecordData {
        let start = at
        switch RecordType(rawValue: type) {
        case .a, .aaaa:
            guard let address = IPAddress(bytes: octets[start..<end]),
                address.isV6 == (type == RecordType.aaaa.rawValue)
            else { return .other }
            return .address(address)
        case .mx:
            guard end - start >= 3 else { return .other }
            let preference = try word()
            let exchange = try name()
            return at == end ? .mx(preference: preference, exchange: exchange) : .other
        case .cname:
            guard end > start else { return .other }
            let target = try name()
            return at == end ? .cname(target) : .other
        case .ns, .soa, .dnskey, nil:
            return .other
        }
    }
}
