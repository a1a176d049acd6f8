import CMXOpenSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension TrustStore {
    /// Where systems keep the bundle of public authorities, after OpenSSL's own default.
    private static let usualBundles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
    ]

    /// The path of the system's bundle: the environment's `SSL_CERT_FILE` if it is set, else the first that exists of
    /// OpenSSL's compiled-in file and the usual places. Nil when there is none.
    public static var systemPath: String? {
        if let given = getenv("SSL_CERT_FILE") { return String(cString: given) }
        let compiledIn = X509_get_default_cert_file().map { String(cString: $0) }
        return ([compiledIn].compactMap(\.self) + usualBundles).first { access($0, R_OK) == 0 }
    }

    /// The authorities that this machine trusts.
    /// Throws `TrustStoreError` when there is no bundle or it cannot be used.
    public static func system() throws -> TrustStore {
        guard let path = systemPath else {
            throw TrustStoreError(
                "this machine has no bundle of trusted authorities; install the package ca-certificates, "
                    + "or name a PEM file with --trust-file or SSL_CERT_FILE")
        }
        return try TrustStore(pemFile: path)
    }
}
