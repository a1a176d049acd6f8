import CensusModel
import Testing

@testable import DNSLookup

@Suite("A DNS message")
struct MessageTests {
    /// A response about `example.org` with `records` after the question; the question begins at octet 12.
    private func response(flags: [UInt8] = [0x81, 0x80], answers: UInt8, authority: UInt8 = 0, _ records: [UInt8])
        -> [UInt8]
    {
        [0x12, 0x34] + flags + [0, 1, 0, answers, 0, authority, 0, 0] + Wire.name("example.org") + [0, 15, 0, 1]
            + records
    }

    /// Type, class, TTL 60.
    private let mx: [UInt8] = [0, 15, 0, 1, 0, 0, 0, 60]

    @Test("compressed names are expanded, as in RFC 1035 §4.1.4")
    func compression() throws {
        // F.ISI.ARPA at 12, FOO + pointer, pointer to ARPA, the root.
        var reader = MessageReader(
            [UInt8](repeating: 0, count: 20) + [1, 0x46, 3, 0x49, 0x53, 0x49, 4, 0x41, 0x52, 0x50, 0x41, 0]
                + [3, 0x46, 0x4f, 0x4f, 0xc0, 20] + [0xc0, 26] + [0])
        for _ in 0..<20 { _ = try reader.byte() }
        #expect(try reader.name().text == "f.isi.arpa")
        #expect(try reader.name().text == "foo.f.isi.arpa")
        #expect(try reader.name().text == "arpa")
        #expect(try reader.name().isRoot)
    }

    @Test("an MX record is read with its preference, TTL and compressed exchange")
    func record() throws {
        let message = try DNSMessage(
            response(answers: 1, [0xc0, 12] + mx + [0, 7, 0x12, 0x34, 2, 0x4d, 0x58, 0xc0, 12]))
        #expect(message.id == 0x1234)
        #expect(message.rcode == 0)
        #expect(message.answers.count == 1)
        #expect(message.answers[0].ttl == 60)
        guard case .mx(let preference, let exchange) = message.answers[0].data else {
            Issue.record("no MX")
            return
        }
        #expect(preference == 0x1234)
        #expect(exchange.text == "mx.example.org")
    }

    @Test("a name takes 127 pointers at most")
    func pointersToPointers() throws {
        // The root at 0, then pointers, each to the one before.
        let chain = (0..<128).flatMap { [0xc0, $0 == 0 ? 0 : UInt8(2 * $0 - 1)] as [UInt8] }
        var reader = MessageReader([0] + chain)
        for _ in 0..<(1 + 2 * 126) { _ = try reader.byte() }
        #expect(try reader.name().isRoot)
        #expect(throws: MessageError.badPointer) { try reader.name() }
    }

    @Test("pointers that loop, point at themselves or forward are refused")
    func pointers() {
        // The question ends, and the record begins, at octet 29.
        for owner: [UInt8] in [[0xc0, 29], [0xc0, 31], [0xc0, 40], [1, 0x61, 0xc0, 29]] {
            #expect(throws: MessageError.badPointer) {
                try DNSMessage(response(answers: 1, owner + mx + [0, 4, 0, 1, 0xc0, 12]))
            }
        }
        #expect(throws: MessageError.badPointer) {
            try DNSMessage(response(answers: 1, [0x80, 12] + mx + [0, 4, 0, 1, 0xc0, 12]))
        }
    }

    @Test("a name of more than 255 octets is refused, also when pointers make it so")
    func longNames() {
        let label = [UInt8(63)] + [UInt8](repeating: 0x61, count: 63)
        let tail: [UInt8] = label + label + label + [62] + [UInt8](repeating: 0x61, count: 62)
        #expect(throws: MessageError.longName) { try DNSMessage(response(answers: 1, tail + [0] + mx + [0, 1, 0])) }
        #expect(throws: MessageError.longName) {
            try DNSMessage(
                response(answers: 1, label + label + label + [60] + label[1...60] + [0xc0, 12] + mx + [0, 1, 0]))
        }
    }

    @Test("rdata that breaks its form is no record, and the rest is read")
    func brokenData() throws {
        let a: [UInt8] = [0, 1, 0, 1, 0, 0, 0, 60]
        let message = try DNSMessage(
            response(
                answers: 5,
                [0xc0, 12] + mx + [0, 2, 0, 1] + [0xc0, 12] + mx + [0, 6, 0, 1, 0xc0, 12, 0, 0] + [0xc0, 12] + a
                    + [0, 3, 8, 8, 8] + [0xc0, 12] + a + [0, 0] + [0xc0, 12] + a + [0, 4, 8, 8, 8, 8]))
        #expect(message.answers.map(\.data) == [.other, .other, .other, .other, .address(.v4(0x0808_0808))])
    }

    @Test("every cut of a message is refused or read, and a query is no response")
    func cuts() throws {
        let whole = response(answers: 1, [0xc0, 12] + mx + [0, 7, 0, 10, 2, 0x6d, 0x78, 0xc0, 12])
        for length in 0..<whole.count {
            #expect(throws: MessageError.short) { try DNSMessage(Array(whole[..<length])) }
        }
        #expect(throws: MessageError.notResponse) { try DNSMessage(response(flags: [1, 0], answers: 0, [])) }
    }

    @Test("no octets of any kind break the reader")
    func noise() {
        var random = SplitMix(state: 42)
        let whole = response(
            answers: 2,
            [0xc0, 12] + mx + [0, 7, 0, 10, 2, 0x6d, 0x78, 0xc0, 12] + [0xc0, 12] + mx + [0, 4, 0, 20, 0xc0, 12])
        for _ in 0..<20_000 {
            var octets = whole
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                octets[Int.random(in: 4..<octets.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let message = try? DNSMessage(octets) else { continue }
            #expect(message.answers.allSatisfy { $0.owner.octets.count <= 255 })
            _ = ChainEnd(message, Question(name: .root, type: .mx))
        }
    }

    @Test("the TTL of an answer is the least of its chain; a negative one has that of the authority")
    func lifetime() throws {
        let ask = Question(name: WireName(checked: [1, 0x61, 0]), type: .a)
        let alias = Wire.record(.init(name: "a", type: 5, ttl: 50, data: Wire.name("b")))
        let target = Wire.record(.init(name: "b", type: 1, ttl: 70, data: [8, 8, 8, 8]))
        let soa = Wire.record(.init(name: "", type: 6, ttl: 20, data: []))
        let positive = try DNSMessage(response(answers: 2, alias + target))
        #expect(ChainEnd(positive, ask) == .records([.address(.v4(0x0808_0808))], ttl: 50))
        let negative = try DNSMessage(response(answers: 1, authority: 1, alias + soa))
        #expect(ChainEnd(negative, ask) == .none(name: WireName(checked: [1, 0x62, 0]), ttl: 20))
    }
}

@Suite("The cache of answers")
struct AnswerCacheTests {
    private func question(_ number: UInt8) throws -> Question {
        Question(name: WireName(checked: [1, number, 0]), type: .a)
    }

    @Test("it never holds more than its capacity; the oldest go first")
    func bounded() throws {
        var cache = AnswerCache(capacity: 3)
        let now = ContinuousClock.now
        for number: UInt8 in 1...7 { cache.remember(.failure(.loop), for: try question(number), at: now) }
        #expect(cache.count == 3)
        for number: UInt8 in 1...4 { #expect(cache.result(try question(number), at: now) == nil) }
        for number: UInt8 in 5...7 { #expect(cache.result(try question(number), at: now) == .failure(.loop)) }
        var none = AnswerCache(capacity: 0)
        none.remember(.failure(.loop), for: try question(1), at: now)
        #expect(none.count == 0)
    }

    @Test("answers live for their TTL within bounds, failures for a minute")
    func lifetime() throws {
        var cache = AnswerCache(capacity: 10)
        let now = ContinuousClock.now
        let answer = { (ttl: UInt32) in LookupResult.answer(.init(exists: true, records: [], dnssec: .secure, ttl: ttl))
        }
        cache.remember(answer(0), for: try question(1), at: now)
        cache.remember(answer(1000), for: try question(2), at: now)
        cache.remember(answer(100_000), for: try question(3), at: now)
        cache.remember(.failure(.timeout), for: try question(4), at: now)
        for (number, seconds): (UInt8, Int) in [(1, 300), (2, 1000), (3, 3600), (4, 60)] {
            #expect(cache.result(try question(number), at: now + .seconds(seconds - 1)) != nil)
            #expect(cache.result(try question(number), at: now + .seconds(seconds)) == nil)
        }
    }
}

/// A generator with a seed, so that a failure can be repeated.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
