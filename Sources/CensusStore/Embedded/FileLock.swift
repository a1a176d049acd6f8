import Foundation

/// flock(2) on a file that is never removed. The lock belongs to this object: it ends with it, and with the process,
/// however that ends; children do not inherit it.
final class FileLock: Sendable {
    enum Mode { case shared, exclusive }

    private let path: String
    private let descriptor: Int32

    /// Opens the file, which is made if need be, without locking it.
    init(path: String) throws {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw EmbeddedServerError("Cannot open \(path): \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    /// True when the lock was got. A lock that this object held before is given up in either case.
    func tryLock(_ mode: Mode) throws -> Bool {
        while flock(descriptor, (mode == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK: return false
            default: throw EmbeddedServerError("Cannot lock \(path): \(String(cString: strerror(errno)))")
            }
        }
        return true
    }

    func unlock() {
        flock(descriptor, LOCK_UN)
    }

    /// Waits for the lock, for two minutes at most.
    ///
    /// - Parameter reason: what is waited for, for the message.
    func wait(_ mode: Mode, for reason: String) async throws {
        let patience = Deadline(seconds: 120)
        while try !tryLock(mode) {
            if patience.isOver { throw EmbeddedServerError("Waited two minutes for \(reason).") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
