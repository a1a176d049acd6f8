import CensusModel

@testable import DNSLookup

/// A DNS response, as the whole input. Its question is taken to be the one that was asked.
///
/// Promises: it is read or refused; names are bounded and escaped; what is made of it for mail is bounded, sorted and
/// without doubles.
enum DNSMessageBody {
    static func run(_ input: [UInt8]) throws {
        guard let message = try? DNSMessage(input) else { return }
        for record in message.answers {
            try check(record.owner)
            switch record.data {
            case .mx(_, let name), .cname(let name): try check(name)
            case .address, .other: break
            }
        }
        let name = message.question?.name ?? .root
        for type in [RecordType.mx, .a, .aaaa] { try checkAnswer(input, message, Question(name: name, type: type)) }
        let bogus = LookupResult(input, Question(name: name, type: .mx), dnssec: .bogus)
        try holds(bogus == .failure(.bogus), "a bogus answer is used: \(bogus)")
    }

    private static func check(_ name: WireName) throws {
        try holds((1...255).contains(name.octets.count), "a name of \(name.octets.count) octets")
        try holds(name.labels.count <= 127, "a name of \(name.labels.count) labels")
        try HostileText.check(name.text, limit: 4 * 255, "a name")
        try HostileText.check(name.presentation, limit: 4 * 255, "a name in presentation form")
        try holds(octets(of: name.labels) == name.octets, "\(name) is not made of its labels")
        guard let valid = DomainName(normalized: name.text) else { return }
        try holds(WireName(valid) == name, "\(valid) is another name")
    }

    /// A name's wire form (RFC 1035 §3.1), put together again; nil when a label has a length that none may have.
    private static func octets(of labels: [ArraySlice<UInt8>]) -> [UInt8]? {
        guard labels.allSatisfy({ (1...63).contains($0.count) && !$0.contains { (0x41...0x5a).contains($0) } }) else {
            return nil
        }
        return labels.flatMap { [UInt8($0.count)] + $0 } + [0]
    }

    private static func checkAnswer(_ input: [UInt8], _ message: DNSMessage, _ question: Question) throws {
        let result = LookupResult(input, question, dnssec: .insecure)
        if let complete = LookupResult(complete: message, question) {
            try holds(complete == result, "the stub reads another answer: \(complete), not \(result)")
        }
        let host = MailRules.resolution(of: [result], policy: ContactPolicy())
        try holds(host.addresses.count <= MailRules.maxAddresses, "\(host.addresses.count) addresses")
        try holds((host.status == .dnsFailure) == (host.failure != nil), "\(host)")
        guard case .answer(let answer) = result, let domain = MailRules.resolution(of: answer) else { return }
        try holds(domain.mx.count <= MailRules.maxExchanges, "\(domain.mx.count) exchanges")
        try holds(domain.mx == domain.mx.sorted(), "exchanges out of order")
        try holds(Set(domain.mx.map(\.host)).count == domain.mx.count, "an exchange twice: \(domain.mx)")
        try holds((domain.status == .mx) == !domain.mx.isEmpty, "\(domain)")
        for record in domain.mx {
            try HostileText.check(record.host, limit: 4 * 255, "an exchange")
            try holds(!record.host.isEmpty, "an exchange without a name")
            _ = MailRules.refusal(of: record.host)
        }
    }
}
