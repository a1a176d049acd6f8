#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

/// Cuts a window of bytes into records. A record is a line, or several when a quoted field holds line breaks.
enum Records {
    /// Longest line that is looked at; a longer one is rejected as a whole.
    static let longestLine = 1 << 16
    /// Longest record over several lines. Kept small: a quote that is never closed is searched for this far only.
    static let longestQuotedRecord = 1 << 13

    enum Result {
        /// The record without its line end, the bytes it takes with it, and its number of lines.
        case record(Bytes, length: Int, lines: Int)
        /// The first line has a quote that is not closed; `length` is that line alone.
        case openQuote(Bytes, length: Int)
        /// The first line is longer than allowed; `length` nil when its end is not in the window.
        case tooLong(Bytes, length: Int?)
        /// More bytes are needed.
        case incomplete
    }

    /// The record at the front of `window`, which is not empty. `atEnd`: nothing follows the window. A quote counts
    /// at the beginning of a field only, that is of the record or behind one of `separators`.
    static func first(in window: Bytes, atEnd: Bool, separators: [UInt8]) -> Result {
        guard let feed = lineFeed(in: window) else {
            if window.count > longestLine { return .tooLong(window.prefix(80), length: atEnd ? window.count : nil) }
            guard atEnd else { return .incomplete }
            return hasOpenQuote(window, separators)
                ? .openQuote(window, length: window.count) : .record(window, length: window.count, lines: 1)
        }
        let line = window[..<feed]
        let length = feed + 1 - window.startIndex
        if line.count > longestLine { return .tooLong(line.prefix(80), length: length) }
        guard hasOpenQuote(line, separators) else { return .record(withoutReturn(line), length: length, lines: 1) }
        return quotedRecord(in: window, firstLine: line, atEnd: atEnd, separators)
    }

    /// Continues over line breaks until the quotes are balanced.
    private static func quotedRecord(
        in window: Bytes, firstLine: Bytes, atEnd: Bool, _ separators: [UInt8]
    ) -> Result {
        var lines = 1
        var scan = QuoteScan()
        scan.take(firstLine, separators)
        var searched = firstLine.endIndex + 1
        while searched - window.startIndex <= longestQuotedRecord {
            let feed = lineFeed(in: window[searched...])
            if feed == nil, !atEnd {
                // Enough bytes are there to know that the quote is not closed in time.
                if window.count > longestQuotedRecord { break }
                return .incomplete
            }
            let record = window[..<(feed ?? window.endIndex)]
            lines += 1
            // With the line feed before it. Each byte is looked at once: lists of open quotes would take hours otherwise.
            scan.take(record[(searched - 1)...], separators)
            if !scan.inQuotes {
                let length = min(record.count + 1, window.count)
                return .record(withoutReturn(record), length: length, lines: lines)
            }
            guard let feed else { break }
            searched = feed + 1
        }
        return .openQuote(withoutReturn(firstLine), length: firstLine.count + 1)
    }

    private static func withoutReturn(_ line: Bytes) -> Bytes {
        line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }

    /// True when the last field begins with a quote that is not closed.
    private static func hasOpenQuote(_ record: Bytes, _ separators: [UInt8]) -> Bool {
        guard position(of: quote, in: record) != nil else { return false }
        var scan = QuoteScan()
        scan.take(record, separators)
        return scan.inQuotes
    }

    private static let quote = UInt8(ascii: "\"")

    /// Reads a record for its quotes, in one part or several.
    private struct QuoteScan {
        private(set) var inQuotes = false
        private var atFieldStart = true

        mutating func take(_ bytes: Bytes, _ separators: [UInt8]) {
            for byte in bytes {
                if byte == quote, inQuotes || atFieldStart {
                    // Of a doubled quote the first half closes and the second opens again.
                    inQuotes.toggle()
                    atFieldStart = !inQuotes
                } else {
                    atFieldStart = !inQuotes && separators.contains(byte)
                }
            }
        }
    }

    private static func lineFeed(in bytes: Bytes) -> Int? { position(of: UInt8(ascii: "\n"), in: bytes) }

    /// memchr, which looks at 16 and more bytes at once.
    private static func position(of byte: UInt8, in bytes: Bytes) -> Int? {
        guard let base = bytes.base.baseAddress, !bytes.isEmpty,
            let found = memchr(base + bytes.startIndex, Int32(byte), bytes.count)
        else { return nil }
        return UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
    }
}
