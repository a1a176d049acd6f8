import CMXOpenSSL
import NIOCore

/// The bytes on both sides of a session, as a BIO: OpenSSL reads from `inbound` and writes to `outbound`.
///
/// The BIO does not own this object: the session owns both and frees the BIO first.
final class ByteBufferBIO {
    var inbound = ByteBuffer()
    var outbound = ByteBuffer()

    /// A BIO on this object; nil when OpenSSL is out of memory. Whoever takes it frees it.
    func makeBIO() -> OpaquePointer? {
        guard let method = Self.method, let bio = BIO_new(method) else { return nil }
        BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        BIO_set_init(bio, 1)
        return bio
    }

    private static func of(_ bio: OpaquePointer?) -> ByteBufferBIO? {
        BIO_get_data(bio).map { Unmanaged<ByteBufferBIO>.fromOpaque($0).takeUnretainedValue() }
    }

    // Made once, never changed and never freed; OpenSSL only reads it, from any thread.
    private nonisolated(unsafe) static let method: OpaquePointer? = {
        let type = BIO_get_new_index()
        guard type != -1, let method = BIO_meth_new(type | BIO_TYPE_SOURCE_SINK, "byte buffers") else { return nil }
        BIO_meth_set_read(method) { bio, bytes, count in
            cmx_bio_clear_retry(bio)
            guard let buffers = ByteBufferBIO.of(bio), let bytes, count > 0 else { return 0 }
            let taken = buffers.read(into: UnsafeMutableRawBufferPointer(start: bytes, count: Int(count)))
            guard taken == 0 else { return CInt(taken) }
            cmx_bio_want_read(bio)
            return -1
        }
        BIO_meth_set_write(method) { bio, bytes, count in
            cmx_bio_clear_retry(bio)
            guard let buffers = ByteBufferBIO.of(bio), let bytes, count > 0 else { return 0 }
            buffers.outbound.writeBytes(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
            return count
        }
        BIO_meth_set_ctrl(method) { bio, command, _, _ in
            switch command {
            case BIO_CTRL_FLUSH: 1
            case BIO_CTRL_PENDING: ByteBufferBIO.of(bio)?.inbound.readableBytes ?? 0
            case BIO_CTRL_WPENDING: ByteBufferBIO.of(bio)?.outbound.readableBytes ?? 0
            default: 0
            }
        }
        return method
    }()

    private func read(into target: UnsafeMutableRawBufferPointer) -> Int {
        let taken = inbound.readWithUnsafeReadableBytes { source in
            let count = min(source.count, target.count)
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
            return count
        }
        // Lets the channel use its buffer again.
        if inbound.readableBytes == 0 { inbound = ByteBuffer() }
        return taken
    }
}
