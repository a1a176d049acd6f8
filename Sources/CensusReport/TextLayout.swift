/// Measuring, padding and wrapping for a terminal, where a character takes no, one or two columns.
enum TextLayout {
    /// Columns that `text` takes on a terminal.
    static func width(_ text: String) -> Int {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.unicodeScalars.reduce(0) { $0 + width($1) }
    }

    /// `text` without anything that could steer a terminal: control and format characters become `\xNN` byte by byte.
    /// Text that was escaped before is left as it is.
    static func visible(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator:
                for byte in Unicode.UTF8.encode(scalar) ?? .encodedReplacementCharacter {
                    let hex = String(byte, radix: 16)
                    result += byte < 16 ? "\\x0\(hex)" : "\\x\(hex)"
                }
            default:
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    static func padRight(_ text: String, _ columns: Int) -> String {
        text + String(repeating: " ", count: max(0, columns - width(text)))
    }

    static func padLeft(_ text: String, _ columns: Int) -> String {
        String(repeating: " ", count: max(0, columns - width(text))) + text
    }

    /// `text` cut to `columns`, with an ellipsis as the last when something was cut off.
    static func truncate(_ text: String, _ columns: Int) -> String {
        guard width(text) > columns else { return text }
        var result = ""
        var used = 0
        for character in text {
            let more = width(String(character))
            guard used + more <= columns - 1 else { break }
            result.append(character)
            used += more
        }
        return result + "…"
    }

    /// The lines of `text` broken at spaces so that none is wider than `columns`; a longer word is broken hard.
    static func wrap(_ text: String, _ columns: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            for piece in pieces(of: String(word), columns) {
                if line.isEmpty {
                    line = piece
                } else if width(line) + 1 + width(piece) <= columns {
                    line += " " + piece
                } else {
                    lines.append(line)
                    line = piece
                }
            }
        }
        if !line.isEmpty || lines.isEmpty { lines.append(line) }
        return lines
    }

    private static func pieces(of word: String, _ columns: Int) -> [String] {
        guard width(word) > columns else { return [word] }
        var pieces: [String] = []
        var piece = ""
        var used = 0
        for character in word {
            let more = width(String(character))
            if used + more > columns, !piece.isEmpty {
                pieces.append(piece)
                piece = ""
                used = 0
            }
            piece.append(character)
            used += more
        }
        pieces.append(piece)
        return pieces
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0: return 0
        case 0x20..<0x300: return 1
        default: break
        }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: return isWide(scalar.value) ? 2 : 1
        }
    }

    /// The blocks of East Asian Width W and F (Unicode Standard Annex #11), and emoji, in whole blocks.
    private static func isWide(_ value: UInt32) -> Bool {
        switch value {
        case 0x1100...0x115f, 0x231a...0x231b, 0x2329...0x232a, 0x23e9...0x23ec, 0x2e80...0x303e, 0x3041...0xa4cf,
            0xa960...0xa97c, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe10...0xfe19, 0xfe30...0xfe6f, 0xff00...0xff60,
            0xffe0...0xffe6, 0x16fe0...0x18aff, 0x1b000...0x1b2fb, 0x1f004, 0x1f0cf, 0x1f18e, 0x1f191...0x1f19a,
            0x1f200...0x1f64f, 0x1f680...0x1f6ff, 0x1f7e0...0x1f7eb, 0x1f900...0x1faff, 0x20000...0x3fffd:
            true
        default:
            false
        }
    }
}
