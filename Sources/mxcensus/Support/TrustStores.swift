import CertificateChain

/// The trust store that a command line asks for.
enum TrustStores {
    /// `file`, or the system's when nil.
    ///
    /// - Throws: `UsageError` naming the file and what is wrong with it.
    static func load(_ file: String?) throws -> TrustStore {
        guard let file else { return try TrustStore.system() }
        do {
            return try TrustStore(pemFile: file)
        } catch let error as TrustStoreError {
            throw UsageError("--trust-file: \(error)")
        }
    }
}
