/// A value for `$1`, `$2` …: binary, with its type, so that nothing is ever quoted or interpolated.
public struct Parameter: Sendable {
    let typeID: UInt32
    /// Nil is NULL.
    let bytes: [UInt8]?

    /// A value or, when nil, NULL.
    public init<Value: PostgresCodable>(_ value: Value?) {
        typeID = Value.typeID
        bytes = value.map { value in
            var writer = BinaryWriter()
            value.encode(into: &writer)
            return writer.take()
        }
    }

    /// An array of one dimension; nil elements are NULL.
    public static func array<Value: PostgresCodable>(_ values: [Value?]) -> Parameter {
        var writer = BinaryWriter()
        writer.appendArray(elementType: Value.typeID, count: values.count, hasNulls: values.contains { $0 == nil }) {
            for value in values { $0.appendField(value) }
        }
        return Parameter(typeID: Value.arrayTypeID, bytes: writer.take())
    }

    init(typeID: UInt32, bytes: [UInt8]?) {
        self.typeID = typeID
        self.bytes = bytes
    }
}
