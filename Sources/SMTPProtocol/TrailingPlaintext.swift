import CensusModel

/// Plaintext that followed the 220 to STARTTLS: kept as evidence, never as part of the dialogue (RFC 3207 §4.2).
struct TrailingPlaintext: Sendable {
    /// Bytes kept at most.
    static let limit = 1024

    private var bytes: [UInt8] = []

    /// Escaped; nil when there was none.
    var text: String? { bytes.isEmpty ? nil : EscapedText.escape(bytes, limit: Self.limit) }

    mutating func append(_ portion: Span<UInt8>) {
        // One byte beyond the limit makes the cut visible in the text.
        let kept = min(portion.count, Self.limit + 1 - bytes.count)
        portion.extracting(0..<kept).withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }
}
