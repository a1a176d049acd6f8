/// A value for `$1`, `$2` …: binary, with its type, so that nothing is ever quoted or interpolated.
public struct Parameter: Sendable {
    let typeID: UInt32
    /// Nil is NULL.
    let bytes: [UInt8]?

    /// A value or, when nil, NULL.
    public init<Value: PostgresCodable>(_ value: Value?) {
        typeID = Value.typeID
        bytes = value.map { value in
            var bytes: [UInt8] = []
            value.encode(into: &bytes)
            return bytes
        }
    }

    /// An array of one dimension; nil elements are NULL.
    public static func array<Value: PostgresCodable>(_ values: [Value?]) -> Parameter {
        var bytes: [UInt8] = []
        bytes.appendArray(elementType: Value.typeID, count: values.count, hasNulls: values.contains { $0 == nil }) {
            for value in values { $0.appendField(value) }
        }
        return Parameter(typeID: Value.arrayTypeID, bytes: bytes)
    }

    @usableFromInline init(typeID: UInt32, bytes: [UInt8]?) {
        self.typeID = typeID
        self.bytes = bytes
    }
}

/// A composite type of the database, as `CREATE TYPE … AS (…)` makes it. Its object ids belong to one database.
public struct CompositeType: Sendable, Hashable {
    /// Object id of the type.
    public let typeID: UInt32
    /// Object id of the array of the type.
    public let arrayTypeID: UInt32

    /// A type by its object ids.
    public init(typeID: UInt32, arrayTypeID: UInt32) {
        self.typeID = typeID
        self.arrayTypeID = arrayTypeID
    }

    /// An array of rows: for functions that take many rows at once.
    ///
    /// - Parameter build: writes the fields of one element, in the order of the type's attributes.
    @inlinable public func array<Element>(_ elements: [Element], _ build: (Element, inout CompositeFields) -> Void)
        -> Parameter
    {
        var bytes: [UInt8] = []
        bytes.appendArray(elementType: typeID, count: elements.count, hasNulls: false) { bytes in
            for element in elements {
                bytes.appendSized { bytes in
                    let countAt = bytes.count
                    bytes.appendBigEndian(Int32(0))
                    // Handed to and fro, never held twice: that would copy all elements so far for each further one.
                    var fields = CompositeFields(bytes: [])
                    swap(&bytes, &fields.bytes)
                    build(element, &fields)
                    swap(&bytes, &fields.bytes)
                    bytes[countAt + 2] = UInt8(truncatingIfNeeded: fields.count >> 8)
                    bytes[countAt + 3] = UInt8(truncatingIfNeeded: fields.count)
                }
            }
        }
        return Parameter(typeID: arrayTypeID, bytes: bytes)
    }
}

/// Receives the fields of one composite value, in order. The server refuses a wrong number or type of fields.
public struct CompositeFields {
    @usableFromInline var bytes: [UInt8]
    @usableFromInline var count = 0

    @inlinable init(bytes: [UInt8]) { self.bytes = bytes }

    /// The next field; nil is NULL.
    @inlinable public mutating func add<Value: PostgresCodable>(_ value: Value?) {
        bytes.appendBigEndian(Value.typeID)
        bytes.appendField(value)
        count += 1
    }

    /// The next field, an array.
    @inlinable public mutating func add<Value: PostgresCodable>(array values: [Value]) {
        bytes.appendBigEndian(Value.arrayTypeID)
        bytes.appendSized { bytes in
            bytes.appendArray(elementType: Value.typeID, count: values.count, hasNulls: false) {
                for value in values { $0.appendField(value) }
            }
        }
        count += 1
    }
}

extension [UInt8] {
    /// PostgreSQL's binary array: dimensions, NULL flag, element type, size and lower bound, elements.
    @inlinable mutating func appendArray(
        elementType: UInt32, count: Int, hasNulls: Bool, _ elements: (inout [UInt8]) -> Void
    ) {
        appendBigEndian(Int32(count == 0 ? 0 : 1))
        appendBigEndian(Int32(hasNulls ? 1 : 0))
        appendBigEndian(elementType)
        guard count > 0 else { return }
        appendBigEndian(Int32(clamping: count))
        appendBigEndian(Int32(1))
        elements(&self)
    }
}
