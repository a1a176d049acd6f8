import CensusModel

/// The key of the server's certificate is shorter than RFC 9325 §4.5 asks for: RSA and DSA 2048 bits, elliptic curves 224.
/// Keys so short that they prove nothing are `weakCertificate` as well.
enum WeakKeyRule: FindingRule {
    static let finding = Finding.weakKey

    static func applies(_ context: FindingContext) -> Bool {
        guard let leaf = context.leaf, leaf.keyBits > 0 else { return false }
        return switch leaf.keyAlgorithm {
        case "RSA", "RSA-PSS", "DSA": leaf.keyBits < 2048
        case "EC": leaf.keyBits < 224
        default: false
        }
    }
}
