import CensusModel
import Foundation

/// Files that people write, an entry a line, such as opt-outs and networks.
enum LineFile {
    /// A file may hold this much.
    private static let largest = 64 << 20

    /// Hands each line to `body`, without its end, with its place for messages: `FILE:LINE`. `-` is standard input.
    ///
    /// - Throws: `UsageError` when the file cannot be read or is too large; what `body` throws.
    static func forEachLine(of file: String, _ body: (_ line: Data, _ place: String) throws -> Void) throws {
        let name = EscapedText.escape(file.utf8)
        let handle = file == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: file)
        guard let handle, let data = try? handle.read(upToCount: largest + 1) ?? Data() else {
            throw UsageError("Cannot read the file '\(name)'.")
        }
        guard data.count <= largest else { throw UsageError("'\(name)' is larger than 64 MB.") }
        for (index, line) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            try body(line, "\(name):\(index + 1)")
        }
    }
}
