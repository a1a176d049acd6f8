import CensusModel

/// The serial number of the server's certificate is negative. RFC 5280 §4.1.2.2: a positive integer. OpenSSL accepts
/// it, Go and others abort the handshake.
enum NegativeSerialRule: FindingRule {
    static let finding = Finding.negativeSerial

    static func applies(_ context: FindingContext) -> Bool {
        context.leaf?.serial.hasPrefix("-") ?? false
    }
}
