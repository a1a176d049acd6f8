import CMXOpenSSL
import CensusModel

/// A trust store cannot be used: says what is wrong, where, and what to do.
public struct TrustStoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence for people.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// The authorities that a scan trusts. Immutable; usable from any thread.
///
/// @unchecked: the X509_STORE is not changed after `init`, and OpenSSL guards its look-ups with the store's own lock.
public final class TrustStore: @unchecked Sendable {
    /// The certificates as canonical PEM: without doubles and text between them, in the order of their fingerprints.
    /// Equal stores have equal bytes.
    public let pem: [UInt8]
    /// SHA-256 of `pem`: 32 bytes.
    public let fingerprint: [UInt8]
    /// Number of different certificates; at least one.
    public let count: Int

    /// `X509_STORE *`, owned.
    let pointer: OpaquePointer
    /// Unix seconds at which some certificate of the store becomes or ceases to be valid.
    let boundaries: [Int64]
    private let roots: [Certificate]
    private let organizations: Set<String>

    /// Reads all `CERTIFICATE` blocks of `pem`; other blocks and text are passed over.
    /// Throws `TrustStoreError` when there is none or one cannot be parsed.
    public convenience init(pem: [UInt8]) throws {
        try self.init(certificates: PEMCertificates.parse(pem, source: "the trust store"))
    }

    /// Reads a PEM file. Throws `TrustStoreError` when it cannot be read, holds no certificate or a broken one.
    public convenience init(pemFile: String) throws {
        try self.init(certificates: PEMCertificates.parse(PEMCertificates.read(pemFile), source: pemFile))
    }

    private init(certificates: [Certificate]) throws {
        guard let store = X509_STORE_new() else { throw TrustStoreError("out of memory for the trust store") }
        var byFingerprint: [[UInt8]: Certificate] = [:]
        for certificate in certificates { byFingerprint[certificate.facts.fingerprint] = certificate }
        let roots = byFingerprint.values.sorted {
            $0.facts.fingerprint.lexicographicallyPrecedes($1.facts.fingerprint)
        }
        defer { ERR_clear_error() }
        guard roots.allSatisfy({ X509_STORE_add_cert(store, $0.pointer) == 1 }) else {
            X509_STORE_free(store)
            throw TrustStoreError("out of memory for the trust store")
        }
        pointer = store
        count = roots.count
        boundaries = roots.flatMap(\.boundaries)
        self.roots = roots
        organizations = Set(
            roots.compactMap {
                DistinguishedName.last(NID_organizationName, of: X509_get_subject_name($0.pointer)).map(Self.folded)
            })
        pem = PEMCertificates.write(roots)
        fingerprint = Fingerprint(of: pem).bytes
    }

    deinit { X509_STORE_free(pointer) }

    /// True when `name` is the subject of a root, compared as path validation does (RFC 5280 §7.1).
    func isRootSubject(_ name: OpaquePointer?) -> Bool {
        !certificates(named: name).isEmpty
    }

    /// The certificate of the store that `pointer` is; nil for any other.
    func certificate(at pointer: OpaquePointer?) -> Certificate? { roots.first { $0.pointer == pointer } }

    /// The certificates of the store whose subject is `name`.
    func certificates(named name: OpaquePointer?) -> [Certificate] {
        guard let name else { return [] }
        return roots.filter { X509_NAME_cmp(X509_get_subject_name($0.pointer), name) == 0 }
    }

    /// True when a root's subject has this organisation, whatever the case and the spaces around it.
    func isRootOrganization(_ organization: String) -> Bool {
        let folded = Self.folded(organization)
        return !folded.isEmpty && organizations.contains(folded)
    }

    private static func folded(_ organization: String) -> String {
        organization.lowercased().split(separator: " ").joined(separator: " ")
    }
}
