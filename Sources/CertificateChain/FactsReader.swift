import CMXOpenSSL
import CensusModel

import struct Foundation.Date

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension CertificateFacts {
    /// Reads an `X509 *` without taking a reference to it.
    init(reading certificate: OpaquePointer, fingerprint: Fingerprint) {
        let serial = SerialNumber(X509_get0_serialNumber(certificate))
        let key = X509_get0_pubkey(certificate)
        self.init(
            fingerprint: fingerprint.bytes,
            serial: serial.text,
            serialLength: serial.contentLength,
            notBefore: Self.date(X509_get0_notBefore(certificate)),
            notAfter: Self.date(X509_get0_notAfter(certificate)),
            issuer: DistinguishedName.text(X509_get_issuer_name(certificate)),
            subject: DistinguishedName.text(X509_get_subject_name(certificate)),
            dnsNames: Self.dnsNames(certificate),
            hasAlternativeNames: X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1) >= 0,
            commonName: DistinguishedName.last(NID_commonName, of: X509_get_subject_name(certificate)),
            keyAlgorithm: Self.keyAlgorithm(certificate, key),
            keyBits: key.map { Int(EVP_PKEY_get_bits($0)) } ?? 0,
            signatureAlgorithm: Self.signatureAlgorithm(certificate),
            isSelfSigned: X509_self_signed(certificate, 1) == 1,
            isCA: X509_get_extension_flags(certificate) & UInt32(EXFLAG_CA) != 0,
            // status_request is TLS extension 5 (RFC 7633 §4.2.2).
            mustStaple: cmx_has_tls_feature(certificate, 5) == 1,
            namesIssuerLocation: cmx_names_issuer_location(certificate) == 1)
    }

    /// UTCTime or GeneralizedTime (RFC 5280 §4.1.2.5); nil when unreadable.
    private static func date(_ time: UnsafePointer<ASN1_TIME>?) -> Date? {
        second(time).map { Date(timeIntervalSince1970: Double($0)) }
    }

    /// Unix seconds of a UTCTime or GeneralizedTime; nil when there is none or it is unreadable.
    static func second(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        var parts = tm()
        guard let time, ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
        return Int64(timegm(&parts))
    }

    /// dNSName entries, ASCII in lower case. A NUL or any other odd byte stays visible as an escape, so it never matches.
    private static func dnsNames(_ certificate: OpaquePointer) -> [String] {
        let names = cmx_subject_alt_names(certificate)
        defer { cmx_general_names_free(names) }
        return (0..<cmx_general_names_count(names)).compactMap { index in
            var length: Int32 = 0
            guard let bytes = cmx_general_names_dns(names, index, &length) else { return nil }
            return DistinguishedName.escaped(UnsafeBufferPointer(start: bytes, count: Int(length))).lowercasedASCII
        }
    }

    private static func keyAlgorithm(_ certificate: OpaquePointer, _ key: OpaquePointer?) -> String {
        if let key, let name = EVP_PKEY_get0_type_name(key) { return String(cString: name) }
        var algorithm: OpaquePointer?
        X509_PUBKEY_get0_param(&algorithm, nil, nil, nil, X509_get_X509_PUBKEY(certificate))
        return objectName(algorithm)
    }

    private static func signatureAlgorithm(_ certificate: OpaquePointer) -> String {
        var identifier: UnsafePointer<X509_ALGOR>?
        var object: OpaquePointer?
        X509_get0_signature(nil, &identifier, certificate)
        X509_ALGOR_get0(&object, nil, nil, identifier)
        return objectName(object)
    }
}

extension String {
    /// DNS names know no case but that of ASCII (RFC 4343). `lowercased()` would turn the Kelvin sign into a `k`.
    var lowercasedASCII: String {
        String(decoding: utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}

/// OpenSSL's name for an object identifier, or its dotted form when it has none.
func objectName(_ object: OpaquePointer?) -> String {
    let nid = OBJ_obj2nid(object)
    if nid != NID_undef, let name = OBJ_nid2ln(nid) { return String(cString: name) }
    var buffer = [CChar](repeating: 0, count: 128)
    let length = OBJ_obj2txt(&buffer, Int32(buffer.count), object, 1)
    guard length > 0 else { return "unknown" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// A serial number as the model writes it.
struct SerialNumber {
    let text: String
    /// Content octets of the DER INTEGER, which is two's complement (X.690 §8.3).
    let contentLength: Int

    init(_ integer: UnsafePointer<ASN1_INTEGER>?) {
        let magnitude = integer.map {
            Array(UnsafeBufferPointer(start: $0.pointee.data, count: Int($0.pointee.length)))
        }
        self.init(magnitude: magnitude ?? [0], negative: integer?.pointee.type == V_ASN1_NEG_INTEGER)
    }

    /// `magnitude` is big-endian without leading zeros, at least one octet.
    init(magnitude: [UInt8], negative: Bool) {
        let digits = Array("0123456789abcdef".utf8)
        let hex = magnitude.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        text = (negative ? "-" : "") + String(decoding: hex, as: UTF8.self)
        let top = magnitude.first ?? 0
        // -0x80… still fits its own octets; anything above needs a further one for the sign.
        let fitsNegative = top < 0x80 || (top == 0x80 && magnitude.dropFirst().allSatisfy { $0 == 0 })
        let needsSignOctet = negative ? !fitsNegative : top >= 0x80
        contentLength = magnitude.count + (needsSignOctet ? 1 : 0)
    }
}
