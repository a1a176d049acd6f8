import Crypto
import Foundation

/// How a certificate or an OCSP response is signed.
enum SignatureScheme {
    case ecdsaSHA256(P256.Signing.PrivateKey)
    case ecdsaSHA1(P256.Signing.PrivateKey)
    case rsaMD5(OpenSSLKey)

    /// DER of the AlgorithmIdentifier (RFC 5758 §3.2, RFC 3279 §2.2).
    var algorithm: [UInt8] {
        switch self {
        case .ecdsaSHA256: DERBytes.sequence(DERBytes.identifier([0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]))
        case .ecdsaSHA1: DERBytes.sequence(DERBytes.identifier([0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1]))
        case .rsaMD5:
            DERBytes.sequence(DERBytes.identifier([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4]) + [5, 0])
        }
    }

    func signature(for bytes: [UInt8]) throws -> [UInt8] {
        switch self {
        case .ecdsaSHA256(let key): Array(try key.signature(for: Data(bytes)).derRepresentation)
        case .ecdsaSHA1(let key):
            Array(try key.signature(for: Insecure.SHA1.hash(data: Data(bytes))).derRepresentation)
        case .rsaMD5(let key): try key.signature(for: bytes, digest: "MD5")
        }
    }

    /// SEQUENCE { body, algorithm, signature }, as certificates and OCSP responses are.
    func signed(_ body: [UInt8]) throws -> [UInt8] {
        DERBytes.sequence(body + algorithm + DERBytes.bits(try signature(for: body)))
    }
}
