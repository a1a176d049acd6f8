/// A weight as a list writes it.
enum Weight {
    /// A decimal number, finite and not negative; nil for anything else.
    static func parse(_ field: Fields.Field) -> Double? {
        if case .plain(let digits) = field, let number = shortNumber(digits) { return number }
        let text = field.text
        let bytes = text.utf8
        // Double(_:) also takes hexadecimal, "inf" and "nan".
        guard !bytes.isEmpty, bytes.allSatisfy({ (0x30...0x39).contains($0) || ".eE+-".utf8.contains($0) }),
            let value = Double(text), value.isFinite, value >= 0
        else { return nil }
        return value
    }

    /// What nearly all weights are: digits alone, so few that the number is exact. Nil for anything else.
    private static func shortNumber(_ digits: Bytes) -> Double? {
        guard (1...15).contains(digits.count) else { return nil }
        var number: UInt64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            number = number * 10 + UInt64(digit - 0x30)
        }
        return Double(number)
    }
}
