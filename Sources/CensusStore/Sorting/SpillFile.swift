import Foundation

/// A temporary file without a name: nobody else can open it, and it is gone with this object, even by kill -9.
///
/// Sendable: parts of it are written and read at once, which do not overlap. All calls block.
final class SpillFile: Sendable {
    private let descriptor: Int32
    private let directory: String

    /// By default in the directory that TMPDIR names, else in the system's.
    init(in directory: String = FileManager.default.temporaryDirectory.path) throws(StoreError) {
        self.directory = directory
        var path = Array("\(directory)/mxcensus-import.XXXXXX".utf8CString)
        descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw Self.problem("create a temporary file", directory) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(path)
    }

    deinit { close(descriptor) }

    /// Writes all bytes.
    func write(_ bytes: [UInt8], at offset: Int) throws(StoreError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress! + written, $0.count - written, offset + written)
            }
            if count > 0 {
                written += count
            } else if errno != EINTR {
                throw Self.problem("write to a temporary file", directory)
            }
        }
    }

    /// Fills the buffer, or as much of it as there is in the file; returns the number of bytes.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(StoreError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let count = pread(descriptor, buffer.baseAddress! + filled, buffer.count - filled, offset + filled)
            if count > 0 {
                filled += count
            } else if count == 0 {
                break
            } else if errno != EINTR {
                throw Self.problem("read a temporary file", directory)
            }
        }
        return filled
    }

    private static func problem(_ action: String, _ directory: String) -> StoreError {
        StoreError(
            "Cannot \(action) in \(directory): \(String(cString: strerror(errno))); TMPDIR names another directory.")
    }
}
