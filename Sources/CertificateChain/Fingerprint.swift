import CMXOpenSSL

/// A SHA-256 digest as a small hashable value.
struct Fingerprint: Hashable, Sendable {
    let bytes: [UInt8]

    init(of data: [UInt8]) {
        bytes = Self.digest(data)
    }

    /// One digest for a whole chain and what was stapled to it: over the digests of the parts, so that no boundary can
    /// be shifted.
    init(ofChain chain: [Fingerprint], staple: [UInt8]?) {
        let staple = staple.map { [1] + Self.digest($0) } ?? [0]
        bytes = Self.digest(staple + chain.flatMap(\.bytes))
    }

    private static func digest(_ data: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { buffer, count in
            SHA256(data, data.count, buffer.baseAddress)
            count = Int(SHA256_DIGEST_LENGTH)
        }
    }
}
