// CertificateChain: what the certificates that a server sent are, and what path validation says of them.
//
// Owns: parsing DER into `CertificateFacts`, trust stores, path building and validation by OpenSSL at a stated time,
// stapled OCSP responses, the strength of keys and signatures, and the memory of chains already judged.
// Must not know: connections, host names, SMTP, outcomes, a clock. The same chain, time and trust store always give
// the same evidence.
// Concurrency: everything is synchronous and may be called from any thread. OpenSSL objects are only read after they
// were built; the caches are behind a `Mutex`. OpenSSL's error queue belongs to the thread, and no function here
// leaves anything in it.
// Entry types: `ChainJudge`, `TrustStore`, `certificateFacts(der:)`.
import CMXOpenSSL
import CensusModel

/// Facts of one certificate; nil when `der` is not exactly one well-formed certificate.
public func certificateFacts(der: [UInt8]) -> CertificateFacts? {
    Certificate(der: der, fingerprint: Fingerprint(of: der))?.facts
}
