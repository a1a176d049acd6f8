/// A weight as a list writes it.
enum Weight {
    /// A decimal number, finite and not negative; nil for anything else.
    static func parse(_ field: Fields.Field) -> Double? {
        let text = field.text
        let bytes = text.utf8
        // Double(_:) also takes hexadecimal, "inf" and "nan".
        guard !bytes.isEmpty, bytes.allSatisfy({ (0x30...0x39).contains($0) || ".eE+-".utf8.contains($0) }),
            let value = Double(text), value.isFinite, value >= 0
        else { return nil }
        return value
    }
}
