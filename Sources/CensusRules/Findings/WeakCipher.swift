import CensusModel

/// A cipher suite that RFC 9325 §4.1 forbids: without encryption or authentication, export grade, RC4 (RFC 7465), or
/// of less than 128 bits such as DES and triple DES (whose 168 key bits are worth 112).
enum WeakCipherRule: FindingRule {
    static let finding = Finding.weakCipher

    /// Words of the IANA name of a suite that is weak whatever its key length.
    private static let broken: Set<String> = ["RC4", "RC2", "DES", "3DES", "DES40", "NULL", "EXPORT", "ANON", "IDEA"]

    static func applies(_ context: FindingContext) -> Bool {
        guard let tls = context.observation.tls else { return false }
        let words = tls.cipher.uppercased().split { !$0.isLetter && !$0.isNumber }
        return tls.cipherBits < 128 || words.contains { broken.contains(String($0)) }
    }
}
