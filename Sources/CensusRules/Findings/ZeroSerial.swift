import CensusModel

/// The serial number is zero, and RFC 5280 §4.1.2.2 asks for a positive one.
enum ZeroSerialRule: FindingRule {
    static let finding = Finding.zeroSerial

    static func applies(_ context: FindingContext) -> Bool {
        context.leaf.map { $0.serial.allSatisfy { $0 == "0" } } ?? false
    }
}
