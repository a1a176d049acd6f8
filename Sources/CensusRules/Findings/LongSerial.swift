import CensusModel

/// The serial number takes more than 20 octets (RFC 5280 §4.1.2.2).
enum LongSerialRule: FindingRule {
    static let finding = Finding.longSerial

    static func applies(_ context: FindingContext) -> Bool {
        (context.leaf?.serialLength ?? 0) > 20
    }
}
