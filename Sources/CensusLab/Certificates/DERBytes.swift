/// DER (X.690 §8) by hand, for what no library makes.
enum DERBytes {
    static func node(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        let length: [UInt8] =
            switch count {
            case ..<128: [UInt8(count)]
            case ..<256: [0x81, UInt8(count)]
            default: [0x82, UInt8(count >> 8), UInt8(count & 0xff)]
            }
        return [tag] + length + content
    }

    static func sequence(_ content: [UInt8]) -> [UInt8] { node(0x30, content) }
    /// `content` is two's complement, big-endian.
    static func integer(_ content: [UInt8]) -> [UInt8] { node(0x02, content) }
    static func octets(_ content: [UInt8]) -> [UInt8] { node(0x04, content) }
    static func bits(_ content: [UInt8]) -> [UInt8] { node(0x03, [0] + content) }
    /// The encoded identifier as it is.
    static func identifier(_ content: [UInt8]) -> [UInt8] { node(0x06, content) }
    static func explicit(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] { node(0xa0 | tag, content) }
}
