/// Cuts one record into fields (RFC 4180 §2).
enum Fields {
    private static let quote = UInt8(ascii: "\"")

    /// A field's bytes, or why there are none.
    enum Field {
        /// As it stands in the record.
        case plain(Bytes)
        /// Quoted, with doubled quotes made single.
        case unquoted([UInt8])
        case missing
        case malformed
    }

    /// Calls `body` with each field in turn until it returns false. Without a delimiter the record is one field.
    static func forEach(in record: Bytes, delimiter: UInt8?, _ body: (Int, Field) -> Bool) {
        var rest = record
        var index = 0
        while true {
            let (field, next) = first(of: rest, delimiter)
            guard body(index, field), let next else { return }
            rest = next
            index += 1
        }
    }

    /// Field number `wanted`, counted from 0.
    static func field(_ wanted: Int, of record: Bytes, delimiter: UInt8?) -> Field {
        var result = Field.missing
        forEach(in: record, delimiter: delimiter) { index, field in
            if index == wanted { result = field }
            return index < wanted
        }
        return result
    }

    /// All fields as text, trimmed.
    static func texts(of record: Bytes, delimiter: UInt8?) -> [String] {
        var result: [String] = []
        forEach(in: record, delimiter: delimiter) { _, field in
            result.append(field.text)
            return true
        }
        return result
    }

    /// The field at the front, and what follows its delimiter; nil when it was the last.
    private static func first(of record: Bytes, _ delimiter: UInt8?) -> (Field, Bytes?) {
        if record.first == quote { return quoted(record, delimiter) }
        guard let delimiter, let end = record.firstIndex(of: delimiter) else { return (.plain(record), nil) }
        return (.plain(record[..<end]), record[(end + 1)...])
    }

    private static func quoted(_ record: Bytes, _ delimiter: UInt8?) -> (Field, Bytes?) {
        var text: [UInt8] = []
        var index = record.startIndex + 1
        while index < record.endIndex {
            if record[index] != quote {
                text.append(record[index])
            } else if index + 1 < record.endIndex, record[index + 1] == quote {
                text.append(quote)
                index += 1
            } else {
                break
            }
            index += 1
        }
        guard index < record.endIndex else { return (.malformed, nil) }
        let after = record[(index + 1)...]
        if after.isEmpty { return (.unquoted(text), nil) }
        if let delimiter, after.first == delimiter { return (.unquoted(text), after.dropFirst()) }
        guard let delimiter, let end = after.firstIndex(of: delimiter) else { return (.malformed, nil) }
        return (.malformed, after[(end + 1)...])
    }
}

extension Fields.Field {
    /// For people and for comparing header names; empty when there is none.
    var text: String {
        switch self {
        case .plain(let bytes): Self.trimmed(String(decoding: bytes, as: UTF8.self))
        case .unquoted(let bytes): Self.trimmed(String(decoding: bytes, as: UTF8.self))
        case .missing, .malformed: ""
        }
    }

    private static func trimmed(_ text: String) -> String {
        var rest = text[...]
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }
}
