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
        var array = CompositeArray(of: self)
        for element in elements { array.append { build(element, &$0) } }
        return array.finish()
    }
}

/// An array of rows that is written row by row.
public struct CompositeArray: ~Copyable {
    /// How many rows were appended.
    public private(set) var count = 0

    private let type: CompositeType
    private var bytes: [UInt8] = []
    /// Of one row at a time: it stays in the processor's cache.
    @usableFromInline var row = CompositeFields()

    /// An array without rows.
    ///
    /// - Parameter expectedBytes: memory for so many bytes is taken at once.
    public init(of type: CompositeType, expectedBytes: Int = 0) {
        self.type = type
        bytes.reserveCapacity(Self.headSize + expectedBytes)
        bytes.append(contentsOf: repeatElement(0, count: Self.headSize))
    }

    /// Appends a row.
    ///
    /// - Parameter build: writes its fields, in the order of the type's attributes.
    @inlinable public mutating func append(_ build: (inout CompositeFields) -> Void) {
        build(&row)
        endRow()
    }

    @usableFromInline mutating func endRow() {
        row.move(to: &bytes)
        count += 1
    }

    /// The array with all rows. Nothing is to be appended afterwards.
    public mutating func finish() -> Parameter {
        var head = BinaryWriter()
        head.appendArray(elementType: type.typeID, count: count, hasNulls: false) { _ in }
        guard count > 0 else { return Parameter(typeID: type.arrayTypeID, bytes: head.take()) }
        bytes.replaceSubrange(..<Self.headSize, with: head.take())
        return Parameter(typeID: type.arrayTypeID, bytes: bytes)
    }

    /// Dimensions, NULL flag, element type, size and lower bound, of an array that has elements.
    private static let headSize = 20
}

/// Receives the fields of one composite value, in order. The server refuses a wrong number or type of fields.
public struct CompositeFields: ~Copyable {
    @usableFromInline var writer = BinaryWriter()
    @usableFromInline var count: Int32 = 0

    init() { begin() }

    /// Keeps room for the length of the row and the number of its fields.
    private mutating func begin() {
        count = 0
        writer.append(Int32(0))
        writer.append(Int32(0))
    }

    /// Appends the row to `bytes`, and begins a new one.
    mutating func move(to bytes: inout [UInt8]) {
        writer.setLength(at: 0)
        writer.set(count, at: MemoryLayout<Int32>.size)
        writer.move(to: &bytes)
        begin()
    }

    /// The next field; nil is NULL.
    @inlinable public mutating func add<Value: PostgresCodable>(_ value: Value?) {
        writer.append(Value.typeID)
        writer.appendField(value)
        count += 1
    }

    /// The next field, an array.
    @inlinable public mutating func add<Value: PostgresCodable>(array values: [Value]) {
        writer.append(Value.arrayTypeID)
        writer.appendSized { writer in
            writer.appendArray(elementType: Value.typeID, count: values.count, hasNulls: false) {
                for value in values { $0.appendField(value) }
            }
        }
        count += 1
    }

    /// The next field, a text that `write` appends in pieces.
    @inlinable public mutating func add(text write: (inout BinaryWriter) -> Void) {
        writer.append(String.typeID)
        writer.appendSized(write)
        count += 1
    }
}
