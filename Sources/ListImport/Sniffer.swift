/// Looks at the beginning of a file for what is certainly no list.
enum Sniffer {
    private static let marks: [(bytes: [UInt8], what: String, remedy: String)] = [
        ([0x1f, 0x8b], "gzip", "zcat FILE | … -"), ([0x28, 0xb5, 0x2f, 0xfd], "zstd", "zstdcat FILE | … -"),
        ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "xz", "xzcat FILE | … -"), ([0x42, 0x5a, 0x68], "bzip2", "bzcat FILE | … -"),
        ([0x50, 0x4b, 0x03, 0x04], "zip (or a spreadsheet)", "unpack it, or save the sheet as CSV"),
    ]

    /// The error that the first bytes of `file` prove; nil when they may be a list.
    static func problem(in bytes: UnsafeBufferPointer<UInt8>, file: String) -> ListError? {
        if bytes.isEmpty {
            return ListError(code: .empty, file: file, message: "is empty; a list has one domain on each line")
        }
        let advice = "convert it: iconv -f UTF-16 -t UTF-8"
        if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
            return ListError(code: .utf16, file: file, message: "is UTF-16 text; \(advice)")
        }
        if let mark = marks.first(where: { bytes.starts(with: $0.bytes) }) {
            return ListError(
                code: .compressed, file: file, message: "is compressed with \(mark.what), line 1; \(mark.remedy)")
        }
        let head = bytes.prefix(4096)
        let zeros = head.indices.filter { head[$0] == 0 }
        let odd = zeros.count { $0 % 2 == 1 }
        // ASCII in UTF-16 has a zero in every second byte.
        if zeros.count * 3 > head.count, odd * 10 > zeros.count * 9 || odd * 10 < zeros.count {
            return ListError(code: .utf16, file: file, message: "is UTF-16 text without a byte order mark; \(advice)LE")
        }
        let controls = head.count { $0 < 0x20 && !(0x09...0x0d).contains($0) }
        guard !zeros.isEmpty || controls * 10 > head.count else { return nil }
        return ListError(
            code: .binary, file: file, message: "is binary data, not text; a list has one domain on each line")
    }
}
