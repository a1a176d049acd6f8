import Foundation

/// Standard output and error as a person or another program reads them.
enum Console {
    /// True when standard error is a terminal: progress may be redrawn in place.
    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Colour only on a terminal that did not opt out (https://no-color.org).
    static var colour: Bool {
        let environment = ProcessInfo.processInfo.environment
        return outputIsTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }

    /// Columns of the terminal; 100 where there is none.
    static var width: Int {
        var size = winsize()
        let descriptor = outputIsTerminal ? STDOUT_FILENO : STDERR_FILENO
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
        return Int(size.ws_col)
    }

    /// One line on standard error.
    static func error(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    /// Text on standard error as it is, for redrawing.
    static func errorRaw(_ text: String) { write(text, to: STDERR_FILENO) }

    /// Text on standard output as it is.
    static func output(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// Bytes on standard output.
    ///
    /// - Throws: `OutputClosed` when nobody reads any more (`mxcensus export … | head`) or the disk is full.
    static func output(bytes: [UInt8]) throws {
        guard writeAll(bytes, to: STDOUT_FILENO) else { throw OutputClosed(errno: errno) }
    }

    private static func write(_ text: String, to descriptor: Int32) {
        // Nothing can be said when the place to say it is gone.
        _ = writeAll(Array(text.utf8), to: descriptor)
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var rest = UnsafeRawBufferPointer(buffer)
            while !rest.isEmpty {
                let written = Foundation.write(descriptor, rest.baseAddress, rest.count)
                if written > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
    }
}

/// Standard output cannot take more.
struct OutputClosed: Error, CustomStringConvertible {
    let errno: Int32

    /// The reader went away, as `head` does: not an error to speak of.
    var isBrokenPipe: Bool { errno == EPIPE }

    var description: String { "cannot write to standard output: \(String(cString: strerror(errno)))" }
}
