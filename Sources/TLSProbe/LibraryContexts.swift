import CMXKeyReading
import CMXOpenSSL
import Synchronization

/// The OpenSSL library contexts of this process: lent to TLS contexts, taken back, lent again, and never freed.
///
/// A thread that has used a library context looks into it once more when the thread ends (to free its random number
/// generators), and OpenSSL has no way to wait for that; a context freed before is a crash. There are never more of
/// them than there were event loops at the same time.
enum LibraryContexts {
    // The address of an `OSSL_LIB_CTX`: OpenSSL locks what threads share in one.
    private struct Address: @unchecked Sendable { let pointer: OpaquePointer }

    private static let idle = Mutex<[Address]>([])

    /// Lends a context that nobody else has been lent.
    static func take() throws(TLSProbeError) -> OpaquePointer {
        guard cmx_openssl_start() == 1 else { throw TLSProbeError("start") }
        if let known = idle.withLock({ $0.popLast() }) { return known.pointer }
        guard let made = cmx_library_context_new() else { throw TLSProbeError("make a library context") }
        return made
    }

    static func giveBack(_ pointer: OpaquePointer) {
        let address = Address(pointer: pointer)
        idle.withLock { $0.append(address) }
    }
}
