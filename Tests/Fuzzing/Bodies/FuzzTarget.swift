// The bodies of the fuzzers: each takes any bytes at all, gives them to one part of the scanner that strangers can
// reach, and checks what that part promises for every input. The fuzzers call them with new inputs, the tests with
// those in `Corpus`.
//
// A body must be deterministic, quick (milliseconds) and must not touch the network.

/// What is fuzzed. The raw value names the folder in `Corpus`.
enum FuzzTarget: String, CaseIterable, Sendable {
    case replyParser = "reply-parser"
    case dialogue
    case certificates
    case listImport = "list-import"
    case dnsMessage = "dns-message"

    /// Throws `BrokenPromise` when something does not hold that must hold for any input.
    func run(_ input: [UInt8]) throws {
        switch self {
        case .replyParser: try ReplyParserBody.run(input)
        case .dialogue: try DialogueBody.run(input)
        case .certificates: try CertificatesBody.run(input)
        case .listImport: try ListImportBody.run(input)
        case .dnsMessage: try DNSMessageBody.run(input)
        }
    }
}

/// Something that must hold for any input does not hold.
struct BrokenPromise: Error, CustomStringConvertible {
    let description: String
}

/// Throws `BrokenPromise` with `promise` unless `condition` is true.
func holds(_ condition: Bool, _ promise: @autoclosure () -> String) throws {
    guard condition else { throw BrokenPromise(description: promise()) }
}
