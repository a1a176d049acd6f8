import CMXOpenSSL
import CensusModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// PEM files of certificates (RFC 7468).
enum PEMCertificates {
    /// All certificates in `pem`. `source` names it in errors.
    static func parse(_ pem: [UInt8], source: String) throws(TrustStoreError) -> [Certificate] {
        defer { ERR_clear_error() }
        ERR_clear_error()
        guard pem.count <= Int(Int32.max), let bio = BIO_new_mem_buf(pem, Int32(pem.count)) else {
            throw TrustStoreError("\(source): too large to read as PEM")
        }
        defer { BIO_free(bio) }
        var certificates: [Certificate] = []
        while let parsed = PEM_read_bio_X509(bio, nil, nil, nil) {
            defer { X509_free(parsed) }
            guard let der = der(of: parsed), let certificate = Certificate(der: der, fingerprint: Fingerprint(of: der))
            else { throw TrustStoreError("\(source): out of memory") }
            certificates.append(certificate)
        }
        guard cmx_pem_at_end() == 1 else {
            let reason = ERR_reason_error_string(ERR_peek_last_error()).map { String(cString: $0) } ?? "unknown error"
            throw TrustStoreError(
                "\(source): certificate number \(certificates.count + 1) cannot be read (\(reason)); "
                    + "remove it or replace the file")
        }
        guard !certificates.isEmpty else {
            throw TrustStoreError(
                "\(source): no certificate in it; a PEM file with BEGIN CERTIFICATE blocks is needed")
        }
        return certificates
    }

    static func write(_ certificates: [Certificate]) -> [UInt8] {
        guard let bio = BIO_new(BIO_s_mem()) else { return [] }
        defer { BIO_free(bio) }
        for certificate in certificates { PEM_write_bio_X509(bio, certificate.pointer) }
        var result = [UInt8](repeating: 0, count: BIO_ctrl_pending(bio))
        let count = BIO_read(bio, &result, Int32(result.count))
        return Array(result.prefix(Int(max(0, count))))
    }

    /// The whole file. Throws when it cannot be read or is larger than any trust store.
    static func read(_ path: String) throws(TrustStoreError) -> [UInt8] {
        let limit = 64 << 20
        guard let file = fopen(path, "r") else {
            throw TrustStoreError("cannot read the trust file \(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            result += buffer.prefix(count)
            if result.count > limit { throw TrustStoreError("the trust file \(path) is larger than 64 MiB") }
            if count < buffer.count { break }
        }
        guard ferror(file) == 0 else {
            throw TrustStoreError("cannot read the trust file \(path): \(String(cString: strerror(errno)))")
        }
        return result
    }

    private static func der(of certificate: OpaquePointer) -> [UInt8]? {
        var encoded: UnsafeMutablePointer<UInt8>?
        let length = i2d_X509(certificate, &encoded)
        guard length > 0, let encoded else { return nil }
        defer { cmx_openssl_free(encoded) }
        return Array(UnsafeBufferPointer(start: encoded, count: Int(length)))
    }
}
