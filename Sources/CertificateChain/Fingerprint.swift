import CMXOpenSSL

/// A SHA-256 digest as a small hashable value.
struct Fingerprint: Hashable, Sendable {
    let bytes: [UInt8]

    init(of data: [UInt8]) {
        bytes = Self.digest(data)
    }

    /// One digest for a whole chain: over the digests of its certificates, so that no boundary can be shifted.
    init(ofChain chain: [Fingerprint]) {
        bytes = Self.digest(chain.flatMap(\.bytes))
    }

    private static func digest(_ data: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { buffer, count in
            SHA256(data, data.count, buffer.baseAddress)
            count = Int(SHA256_DIGEST_LENGTH)
        }
    }
}
