import NIOCore

/// From a question to the bytes of its answer. A value: used on any event loop.
struct DNSResponder: Sendable {
    enum Transport: Sendable { case udp, tcp }

    let world: LabWorld

    /// Nil when the packet gets no answer: it is no query, or the name is one that never answers.
    func answer(_ packet: ByteBuffer, over transport: Transport, into buffer: ByteBuffer) -> ByteBuffer? {
        guard let question = DNSQuestion(packet) else { return nil }
        var writer = DNSWriter(question, in: buffer)
        guard question.flags & 0x7800 == 0, question.recordClass == DNSCode.internet else {
            return writer.finish(code: DNSCode.refused)
        }
        if question.name.isEmpty {
            writer.writeNegativeAuthority()
            return writer.finish(code: 0)
        }
        let answer = world.answer(question.name, Self.type(question.type))
        let limit = transport == .udp ? question.udpSize ?? 512 : 65_535
        switch answer.code {
        case .silence: return nil
        case .servfail: return writer.finish(code: DNSCode.servfail)
        case .noError, .nxdomain: break
        }
        if transport == .udp, answer.onlyTCP, !answer.records.isEmpty { return writer.finish(code: 0, truncated: true) }
        if let alias = answer.alias { writer.writeAlias(of: question.name, to: alias) }
        for record in answer.records { writer.write(record, of: answer.alias ?? question.name) }
        if answer.records.isEmpty { writer.writeNegativeAuthority() }
        // 11 bytes are kept for the OPT record.
        guard writer.count + 11 <= limit else {
            var empty = DNSWriter(question, in: buffer)
            return empty.finish(code: 0, truncated: true)
        }
        return writer.finish(code: answer.code == .nxdomain ? DNSCode.nxdomain : 0)
    }

    private static func type(_ code: UInt16) -> LabWorld.QuestionType {
        switch code {
        case DNSCode.mx: .mx
        case DNSCode.a: .a
        case DNSCode.aaaa: .aaaa
        default: .other
        }
    }
}
