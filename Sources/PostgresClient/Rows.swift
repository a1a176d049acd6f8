import CMXPostgres

/// The rows that a statement returned, all in memory.
public struct Rows: Sendable, RandomAccessCollection {
    let result: QueryResult

    /// 0.
    public var startIndex: Int { 0 }
    /// The number of rows.
    public var endIndex: Int { Int(PQntuples(result.pointer)) }
    /// The row at `index`, from 0.
    public subscript(index: Int) -> Row { Row(result: result, index: Int32(index)) }

    /// How many rows INSERT, UPDATE, DELETE or COPY touched; 0 for other statements.
    public var affected: Int64 { Int64(String(cString: PQcmdTuples(result.pointer))) ?? 0 }

    /// The only row.
    ///
    /// - Throws: `PostgresError` of kind `.unexpectedAnswer` when there is none or more than one.
    public func one() throws -> Row {
        guard count == 1 else {
            throw PostgresError(kind: .unexpectedAnswer, message: "one row was expected, \(count) came")
        }
        return self[0]
    }
}

/// Owns libpq's result.
// Sendable because libpq's results are never modified after they are received, and reading them is thread-safe
// (libpq documentation, "Behavior in Threaded Programs").
final class QueryResult: @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { PQclear(pointer) }
}

/// One row: its columns are read from left to right, as the statement names them.
public struct Row: Sendable {
    let result: QueryResult
    let index: Int32
    private var column: Int32 = 0

    init(result: QueryResult, index: Int32) {
        self.result = result
        self.index = index
    }

    /// The next column.
    ///
    /// - Throws: `PostgresError` of kind `.unexpectedAnswer` when it is NULL or of another type.
    public mutating func next<Value: PostgresCodable>(_ type: Value.Type = Value.self) throws -> Value {
        let name = columnName
        guard let value = try nextOptional(type) else {
            throw PostgresError(kind: .unexpectedAnswer, message: "column '\(name)' is NULL where a value was expected")
        }
        return value
    }

    /// The next column; nil when it is NULL.
    ///
    /// - Throws: `PostgresError` of kind `.unexpectedAnswer` when it is of another type.
    public mutating func nextOptional<Value: PostgresCodable>(_ type: Value.Type = Value.self) throws -> Value? {
        try nextField { bytes, typeID in
            guard typeID == Value.typeID || Value.alsoDecodes.contains(typeID) else { return nil }
            return Value(postgres: bytes)
        }
    }

    /// The next column, an array without NULLs; empty when it is NULL.
    ///
    /// - Throws: `PostgresError` of kind `.unexpectedAnswer` when it is of another type.
    public mutating func nextArray<Value: PostgresCodable>(of type: Value.Type = Value.self) throws -> [Value] {
        try nextOptionalArray(of: type).map { value in
            guard let value else {
                throw PostgresError(
                    kind: .unexpectedAnswer, message: "an array holds NULL where values were expected")
            }
            return value
        }
    }

    /// The next column, an array that may hold NULLs; empty when it is NULL.
    public mutating func nextOptionalArray<Value: PostgresCodable>(of type: Value.Type = Value.self) throws -> [Value?]
    {
        try nextField { bytes, _ in
            var reader = ArrayReader(bytes: bytes)
            return reader.elements(of: Value.self)
        } ?? []
    }

    private var columnName: String {
        PQfname(result.pointer, column).map { String(cString: $0) } ?? "number \(column + 1)"
    }

    private mutating func nextField<Value>(_ decode: (UnsafeRawBufferPointer, UInt32) -> Value?) throws -> Value? {
        let column = column
        guard column < PQnfields(result.pointer) else {
            throw PostgresError(kind: .unexpectedAnswer, message: "there is no column number \(column + 1)")
        }
        let name = columnName
        self.column += 1
        if PQgetisnull(result.pointer, index, column) != 0 { return nil }
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(result.pointer, index, column), count: Int(PQgetlength(result.pointer, index, column)))
        let typeID = PQftype(result.pointer, column)
        guard let value = decode(bytes, typeID) else {
            throw PostgresError(
                kind: .unexpectedAnswer, message: "column '\(name)' (type \(typeID)) does not hold a \(Value.self)")
        }
        return value
    }
}

/// Reads PostgreSQL's binary array of at most one dimension.
private struct ArrayReader {
    let bytes: UnsafeRawBufferPointer
    var offset = 0

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func elements<Value: PostgresCodable>(of type: Value.Type) -> [Value?]? {
        guard let dimensions = nextInt(), nextInt() != nil, let element = nextInt() else { return nil }
        guard dimensions > 0 else { return [] }
        let elementID = UInt32(bitPattern: element)
        guard dimensions == 1, elementID == Value.typeID || Value.alsoDecodes.contains(elementID),
            let count = nextInt(), nextInt() != nil
        else { return nil }
        var result: [Value?] = []
        for _ in 0..<count {
            guard let length = nextInt() else { return nil }
            if length < 0 {
                result.append(nil)
                continue
            }
            guard offset + Int(length) <= bytes.count,
                let value = Value(postgres: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Int(length)]))
            else { return nil }
            result.append(value)
            offset += Int(length)
        }
        return result
    }

    private mutating func nextInt() -> Int32? {
        guard offset + 4 <= bytes.count else { return nil }
        defer { offset += 4 }
        return Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
    }
}
