import CMXOpenSSL
import Foundation

@testable import CertificateChain

/// A certificate made for a test, with its key.
///
/// @unchecked: both pointers are only read after `init`.
final class MadeCertificate: @unchecked Sendable {
    /// `X509 *`, owned.
    let pointer: OpaquePointer
    /// `EVP_PKEY *`, owned.
    let key: OpaquePointer
    let der: [UInt8]

    init(owning pointer: OpaquePointer, key: OpaquePointer) {
        self.pointer = pointer
        self.key = key
        der = derOf(pointer)
    }

    deinit {
        X509_free(pointer)
        EVP_PKEY_free(key)
    }
}

private func derOf(_ certificate: OpaquePointer) -> [UInt8] {
    var encoded: UnsafeMutablePointer<UInt8>?
    let length = i2d_X509(certificate, &encoded)
    defer { cmx_openssl_free(encoded) }
    return Array(UnsafeBufferPointer(start: encoded, count: Int(max(0, length))))
}

enum MadeKey: Sendable {
    case curve(Int32)
    /// A curve whose parameters are written out instead of named.
    case explicitCurve(Int32)
    case rsa(Int32)
    case rsaPSS(Int32)
    case ed25519
    case ed448

    fileprivate func generate() -> OpaquePointer? {
        let kind =
            switch self {
            case .curve, .explicitCurve: EVP_PKEY_EC
            case .rsa: EVP_PKEY_RSA
            case .rsaPSS: EVP_PKEY_RSA_PSS
            case .ed25519: EVP_PKEY_ED25519
            case .ed448: EVP_PKEY_ED448
            }
        guard let context = EVP_PKEY_CTX_new_id(kind, nil), EVP_PKEY_keygen_init(context) == 1 else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        switch self {
        case .curve(let nid): EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, nid)
        case .explicitCurve(let nid):
            EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, nid)
            EVP_PKEY_CTX_set_ec_param_enc(context, 0)
        case .rsa(let bits), .rsaPSS(let bits): EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits)
        case .ed25519, .ed448: break
        }
        var key: OpaquePointer?
        return EVP_PKEY_generate(context, &key) == 1 ? key : nil
    }
}

/// What a certificate shall say. Extensions are written as in openssl's x509v3_config(5): `name=value`.
struct CertificateWish {
    /// `O=…/CN=…`; empty for an empty name.
    var subject: String
    var extensions: [String]
    var key = MadeKey.curve(NID_X9_62_prime256v1)
    /// Has the key of this one instead of a new one.
    var sharing: MadeCertificate?
    /// First and last second of validity, in seconds from the time of judgement.
    var validity = -100 * day...100 * day
    var serial: [UInt8] = [1]
    var serialIsNegative = false
    /// 2 stands for version 3.
    var version = 2
    /// Signed with SHA-1, MD5 and so on; the digests that a key demands have none.
    var digest: OpaquePointer? = EVP_sha256()

    /// Replaces the default extensions of the same name; `name=` alone removes them, `+name=value` adds a second one.
    mutating func change(_ changes: [String]) {
        for text in changes {
            if text.hasPrefix("+") {
                extensions.append(String(text.dropFirst()))
                continue
            }
            let name = text.prefix { $0 != "=" }
            let index = extensions.firstIndex { $0.prefix { $0 != "=" } == name }
            if text.hasSuffix("="), let index {
                extensions.remove(at: index)
            } else if let index {
                extensions[index] = text
            } else {
                extensions.append(text)
            }
        }
    }
}

let day = 86400

/// Makes the certificates of one case, and is its trust store.
final class CertificateMaker {
    /// The time of judgement: noon of 1 June 2026.
    static let noon = Date(timeIntervalSince1970: 1_780_315_200)

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    private(set) lazy var root = Result { try ca("Root", by: nil) }

    /// An authority of the organisation `Made`; with `issuer` nil it signs itself.
    func ca(
        _ name: String, by issuer: MadeCertificate?, _ changes: String...,
        adjust: (inout CertificateWish) -> Void = { _ in }
    ) throws -> MadeCertificate {
        var wish = CertificateWish(
            subject: "O=Made/CN=\(name)",
            extensions: [
                "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign",
                "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid",
            ])
        wish.change(changes)
        adjust(&wish)
        return try make(wish, by: issuer)
    }

    /// A server's certificate for `mx.example.org`; with `issuer` nil it signs itself.
    func leaf(
        by issuer: MadeCertificate?, _ changes: String..., adjust: (inout CertificateWish) -> Void = { _ in }
    ) throws -> MadeCertificate {
        var wish = CertificateWish(
            subject: "CN=mx.example.org",
            extensions: [
                "basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature",
                "extendedKeyUsage=serverAuth", "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid",
                "subjectAltName=DNS:mx.example.org",
            ])
        wish.change(changes)
        adjust(&wish)
        return try make(wish, by: issuer)
    }

    private func make(_ wish: CertificateWish, by issuer: MadeCertificate?) throws -> MadeCertificate {
        guard let certificate = X509_new(), let key = wish.sharing?.key ?? wish.key.generate() else {
            throw Failed(description: "no key")
        }
        if wish.sharing != nil { EVP_PKEY_up_ref(key) }
        let signer = issuer?.key ?? key
        X509_set_version(certificate, wish.version)
        let number = BN_bin2bn(wish.serial, Int32(wish.serial.count), nil)
        BN_set_negative(number, wish.serialIsNegative ? 1 : 0)
        BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate))
        BN_free(number)
        let noon = Int(Self.noon.timeIntervalSince1970)
        ASN1_TIME_set(X509_getm_notBefore(certificate), time_t(noon + wish.validity.lowerBound))
        ASN1_TIME_set(X509_getm_notAfter(certificate), time_t(noon + wish.validity.upperBound))
        try name(X509_get_subject_name(certificate), wish.subject)
        X509_set_issuer_name(certificate, X509_get_subject_name(issuer?.pointer ?? certificate))
        X509_set_pubkey(certificate, key)
        for text in wish.extensions { try add(text, to: certificate, issuer: issuer?.pointer ?? certificate) }
        let kind = EVP_PKEY_get_base_id(signer)
        let digest = kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448 ? nil : wish.digest
        guard X509_sign(certificate, signer, digest) > 0 else { throw Failed(description: "cannot sign") }
        return MadeCertificate(owning: certificate, key: key)
    }

    private func name(_ name: OpaquePointer?, _ text: String) throws {
        for part in text.split(separator: "/") {
            let field = part.prefix { $0 != "=" }
            let value = Array(part.dropFirst(field.count + 1).utf8)
            // MBSTRING_UTF8
            guard X509_NAME_add_entry_by_txt(name, String(field), 0x1000, value, Int32(value.count), -1, 0) == 1
            else { throw Failed(description: "cannot name \(part)") }
        }
    }

    private func add(_ text: String, to certificate: OpaquePointer, issuer: OpaquePointer) throws {
        let name = text.prefix { $0 != "=" }
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer, certificate, nil, nil, 0)
        guard let made = X509V3_EXT_nconf(nil, &context, String(name), String(text.dropFirst(name.count + 1))) else {
            throw Failed(description: "cannot make the extension \(text)")
        }
        defer { X509_EXTENSION_free(made) }
        X509_add_ext(certificate, made, -1)
    }
}
