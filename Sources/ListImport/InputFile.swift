#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An open file descriptor and a window of its bytes: a fixed buffer in which unread bytes are moved to the front
/// before more are read.
final class InputFile {
    /// Bytes of the window; a list's memory need.
    static let capacity = 1 << 20

    let name: String
    private let descriptor: Int32
    private let buffer: UnsafeMutablePointer<UInt8>
    private var start = 0
    private var end = 0
    /// True when nothing follows the window.
    private(set) var atEnd = false

    /// Opens `path`; `-` is standard input. Throws `ListError` when that is impossible.
    init(path: String) throws(ListError) {
        name = path == "-" ? "standard input" : path
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        buffer = .allocate(capacity: Self.capacity)
        guard descriptor >= 0 else { throw unreadable(errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(errno) }
        if status.st_mode & S_IFMT == S_IFDIR {
            throw ListError(code: .unreadable, file: name, message: "is a directory; give the file in it")
        }
    }

    deinit {
        if descriptor > STDIN_FILENO { close(descriptor) }
        buffer.deallocate()
    }

    /// The bytes that were read and not consumed. Valid until `fill` is called.
    var window: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: buffer + start, count: end - start) }

    /// Drops `count` bytes from the front of the window.
    func consume(_ count: Int) { start += count }

    /// Reads until the window holds `count` bytes (at most `capacity`) or the file ends.
    func fill(atLeast count: Int) throws(ListError) {
        if start > 0 {
            buffer.update(from: buffer + start, count: end - start)
            end -= start
            start = 0
        }
        while end < count, !atEnd {
            let got = read(descriptor, buffer + end, Self.capacity - end)
            if got > 0 {
                end += got
            } else if got == 0 {
                atEnd = true
            } else if errno != EINTR {
                throw unreadable(errno)
            }
        }
    }

    private func unreadable(_ code: Int32) -> ListError {
        let advice =
            switch code {
            case ENOENT: "; check the path"
            case EACCES, EPERM: "; check its permissions, or pipe it in with - as the file"
            default: ""
            }
        return ListError(
            code: .unreadable, file: name, message: "cannot be read: \(String(cString: strerror(code)))\(advice)")
    }
}
