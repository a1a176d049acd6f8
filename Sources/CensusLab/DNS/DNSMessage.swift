import CensusModel
import NIOCore

/// A DNS question as it came (RFC 1035 §4.1): just what a test instrument needs.
struct DNSQuestion: Sendable {
    let id: UInt16
    /// The flags word of the query.
    let flags: UInt16
    /// Name, type and class as they came, in the case in which they came (0x20).
    let raw: [UInt8]
    /// In lower case, without final dot; empty for the root.
    let name: String
    let type: UInt16
    let recordClass: UInt16
    /// What the client says (EDNS, RFC 6891) it can take over UDP; nil without an OPT record.
    let udpSize: Int?

    /// Nil when `buffer` is not one well-formed query with one question: such a packet deserves no answer.
    init?(_ buffer: ByteBuffer) {
        var input = buffer
        guard let id = input.readInteger(as: UInt16.self), let flags = input.readInteger(as: UInt16.self),
            let counts = input.readMultipleIntegers(as: (UInt16, UInt16, UInt16, UInt16).self),
            flags & 0x8000 == 0, counts.0 == 1, counts.1 == 0, counts.2 == 0
        else { return nil }
        let start = input.readerIndex
        guard let name = Self.readName(&input), let type = input.readInteger(as: UInt16.self),
            let recordClass = input.readInteger(as: UInt16.self),
            let raw = buffer.getBytes(at: start, length: input.readerIndex - start)
        else { return nil }
        self.id = id
        self.flags = flags
        self.raw = raw
        self.name = name
        self.type = type
        self.recordClass = recordClass
        udpSize = counts.3 > 0 ? Self.readEDNS(&input) : nil
    }

    private static func readName(_ input: inout ByteBuffer) -> String? {
        var bytes: [UInt8] = []
        while let length = input.readInteger(as: UInt8.self) {
            if length == 0 { return String(decoding: bytes, as: UTF8.self) }
            guard length < 64, bytes.count + Int(length) < 254, let label = input.readSlice(length: Int(length)) else {
                return nil
            }
            if !bytes.isEmpty { bytes.append(UInt8(ascii: ".")) }
            for byte in label.readableBytesView { bytes.append((65...90).contains(byte) ? byte | 0x20 : byte) }
        }
        return nil
    }

    /// The UDP size of an OPT record that is the first additional record; nil for anything else.
    private static func readEDNS(_ input: inout ByteBuffer) -> Int? {
        guard input.readInteger(as: UInt8.self) == 0, input.readInteger(as: UInt16.self) == 41,
            let size = input.readInteger(as: UInt16.self)
        else { return nil }
        return max(512, Int(size))
    }
}

/// Record types and codes that the lab writes.
enum DNSCode {
    static let a: UInt16 = 1
    static let cname: UInt16 = 5
    static let soa: UInt16 = 6
    static let mx: UInt16 = 15
    static let aaaa: UInt16 = 28
    static let internet: UInt16 = 1
    static let formatError: UInt16 = 1
    static let servfail: UInt16 = 2
    static let nxdomain: UInt16 = 3
    static let refused: UInt16 = 5
}

/// Writes one answer, with the compression of names that real servers use (RFC 1035 §4.1.4).
struct DNSWriter {
    private var buffer: ByteBuffer
    private let start: Int
    private let question: DNSQuestion
    /// Where suffixes of names already stand in the message.
    private var known: [Substring: UInt16] = [:]
    private var answers: UInt16 = 0
    private var authorities: UInt16 = 0
    private static let timeToLive: UInt32 = 300

    /// Begins an answer at the writer index of `buffer`.
    init(_ question: DNSQuestion, in buffer: ByteBuffer) {
        self.buffer = buffer
        self.question = question
        start = buffer.writerIndex
        self.buffer.writeInteger(question.id)
        self.buffer.writeRepeatingByte(0, count: 10)
        remember(question.name[...], at: self.buffer.writerIndex)
        self.buffer.writeBytes(question.raw)
    }

    /// Bytes written so far.
    var count: Int { buffer.writerIndex - start }

    mutating func writeAlias(of name: String, to target: String) {
        writeHeader(name, DNSCode.cname)
        writeData { $0.writeName(target[...]) }
        answers += 1
    }

    mutating func write(_ record: LabAnswer.Record, of name: String) {
        switch record {
        case .mx(let preference, let host):
            writeHeader(name, DNSCode.mx)
            writeData {
                $0.buffer.writeInteger(preference)
                $0.writeName(host[...])
            }
        case .address(let address):
            writeHeader(name, address.isV6 ? DNSCode.aaaa : DNSCode.a)
            writeData { $0.buffer.writeBytes(address.bytes) }
        }
        answers += 1
    }

    /// The SOA that says how long a negative answer holds (RFC 2308 §5): of the top-level domain.
    mutating func writeNegativeAuthority() {
        let zone = question.name.split(separator: ".").last ?? ""
        writeHeader(String(zone), DNSCode.soa)
        writeData {
            $0.writeName("ns.lab.test")
            $0.writeName("postmaster.lab.test")
            for number: UInt32 in [1, 3600, 600, 86400, Self.timeToLive] { $0.buffer.writeInteger(number) }
        }
        authorities += 1
    }

    /// The whole message. With EDNS the answer carries an OPT record of its own.
    mutating func finish(code: UInt16, truncated: Bool = false) -> ByteBuffer {
        if question.udpSize != nil {
            buffer.writeBytes([0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0])
        }
        // QR and RA; opcode and RD as asked.
        let flags = 0x8080 | question.flags & 0x7900 | (truncated ? 0x0200 : 0) | code
        buffer.setInteger(flags, at: start + 2)
        buffer.setInteger(UInt16(1), at: start + 4)
        buffer.setInteger(answers, at: start + 6)
        buffer.setInteger(authorities, at: start + 8)
        buffer.setInteger(UInt16(question.udpSize == nil ? 0 : 1), at: start + 10)
        return buffer
    }

    private mutating func writeHeader(_ name: String, _ type: UInt16) {
        writeName(name[...])
        buffer.writeInteger(type)
        buffer.writeInteger(DNSCode.internet)
        buffer.writeInteger(Self.timeToLive)
    }

    private mutating func writeData(_ body: (inout DNSWriter) -> Void) {
        let lengthAt = buffer.writerIndex
        buffer.writeInteger(UInt16(0))
        body(&self)
        buffer.setInteger(UInt16(buffer.writerIndex - lengthAt - 2), at: lengthAt)
    }

    private mutating func writeName(_ name: Substring) {
        var rest = name
        while !rest.isEmpty {
            if let offset = known[rest] {
                buffer.writeInteger(0xc000 | offset)
                return
            }
            remember(rest, at: buffer.writerIndex)
            let label = rest.prefix { $0 != "." }
            buffer.writeInteger(UInt8(truncatingIfNeeded: label.utf8.count))
            buffer.writeSubstring(label)
            rest = rest.dropFirst(label.count).dropFirst()
        }
        buffer.writeInteger(UInt8(0))
    }

    private mutating func remember(_ name: Substring, at index: Int) {
        if !name.isEmpty, index - start < 0x4000 { known[name] = UInt16(index - start) }
    }
}
