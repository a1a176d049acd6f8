/// DNS wire format as the tests write it (RFC 1035 §4), without compression.
enum Wire {
    static func name(_ text: String) -> [UInt8] {
        text.isEmpty ? [0] : name(labels: text.split(separator: ".").map { Array($0.utf8) })
    }

    static func name(labels: [[UInt8]]) -> [UInt8] { labels.flatMap { [UInt8($0.count)] + $0 } + [0] }

    static func word(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 0xff), UInt8(value & 0xff)] }

    static func record(_ record: ScriptedServer.Record) -> [UInt8] {
        name(record.name) + word(record.type) + word(1) + word(record.ttl >> 16) + word(record.ttl)
            + word(record.data.count) + record.data
    }

    static func response(
        _ query: ScriptedServer.Query, _ answers: [ScriptedServer.Record], _ authority: [ScriptedServer.Record] = [],
        rcode: Int = 0, truncated: Bool = false
    ) -> [UInt8] {
        var result = Array(query.octets[..<query.questionEnd])
        result[2] = truncated ? 0x83 : 0x81
        result[3] = 0x80 | UInt8(rcode)
        result.replaceSubrange(6..<12, with: word(answers.count) + word(authority.count) + word(1))
        result += (answers + authority).flatMap(record)
        // EDNS: root, type OPT, 1,232 octets, DO as asked for.
        return result + [0, 0, 41, 0x04, 0xd0, 0, 0, 0x80, 0, 0, 0]
    }

    static func mx(_ owner: String, _ preference: Int, _ exchange: String) -> ScriptedServer.Record {
        mx(owner, preference, wire: name(exchange == "." ? "" : exchange))
    }

    static func mx(_ owner: String, _ preference: Int, wire: [UInt8]) -> ScriptedServer.Record {
        ScriptedServer.Record(name: owner, type: 15, data: word(preference) + wire)
    }

    static func a(_ owner: String, _ octets: UInt8...) -> ScriptedServer.Record {
        ScriptedServer.Record(name: owner, type: 1, data: octets)
    }

    /// The last octet of an address in 2606:4700::/112.
    static func aaaa(_ owner: String, _ last: UInt8) -> ScriptedServer.Record {
        ScriptedServer.Record(
            name: owner, type: 28, data: [0x26, 0x06, 0x47, 0] + Array(repeating: 0, count: 11) + [last])
    }

    /// For negative answers: without it they may not be remembered (RFC 2308 §5).
    static func soa(_ zone: String) -> ScriptedServer.Record {
        let times = [1, 3600, 900, 604_800, 300].flatMap { word($0 >> 16) + word($0) }
        return ScriptedServer.Record(
            name: zone, type: 6, data: name("ns.\(zone)") + name("hostmaster.\(zone)") + times)
    }

    static func cname(_ owner: String, _ target: String) -> ScriptedServer.Record {
        ScriptedServer.Record(name: owner, type: 5, data: name(target))
    }
}
