import struct Foundation.Date

// What encodes is @inlinable: a result has sixty fields, and each would be a call through a table of witnesses.

/// A Swift type with a PostgreSQL type of the same meaning, in PostgreSQL's binary format (big-endian).
public protocol PostgresCodable: Sendable {
    /// The type's object id, fixed in PostgreSQL's `pg_type.dat`.
    static var typeID: UInt32 { get }
    /// Object id of the array of this type.
    static var arrayTypeID: UInt32 { get }
    /// Further types whose values decode to this one.
    static var alsoDecodes: [UInt32] { get }
    /// Appends the value without its length.
    func encode(into writer: inout BinaryWriter)
    /// Nil when `bytes` is no such value.
    init?(postgres bytes: UnsafeRawBufferPointer)
}

extension PostgresCodable {
    /// By default none.
    public static var alsoDecodes: [UInt32] { [] }
}

extension PostgresCodable where Self: FixedWidthInteger {
    /// See `PostgresCodable`.
    @inlinable public func encode(into writer: inout BinaryWriter) { writer.append(self) }

    /// See `PostgresCodable`.
    public init?(postgres bytes: UnsafeRawBufferPointer) {
        guard bytes.count == MemoryLayout<Self>.size else { return nil }
        self = Self(bigEndian: bytes.loadUnaligned(as: Self.self))
    }
}

extension Int16: PostgresCodable {
    /// See `PostgresCodable`.
    @inlinable public static var typeID: UInt32 { 21 }
    /// See `PostgresCodable`.
    @inlinable public static var arrayTypeID: UInt32 { 1005 }
}

extension Int32: PostgresCodable {
    /// See `PostgresCodable`.
    @inlinable public static var typeID: UInt32 { 23 }
    /// See `PostgresCodable`.
    @inlinable public static var arrayTypeID: UInt32 { 1007 }
}

extension Int64: PostgresCodable {
    /// See `PostgresCodable`.
    @inlinable public static var typeID: UInt32 { 20 }
    /// See `PostgresCodable`.
    @inlinable public static var arrayTypeID: UInt32 { 1016 }
}

/// PostgreSQL's `oid`.
extension UInt32: PostgresCodable {
    /// See `PostgresCodable`.
    @inlinable public static var typeID: UInt32 { 26 }
    /// See `PostgresCodable`.
    @inlinable public static var arrayTypeID: UInt32 { 1028 }
}

extension Double: PostgresCodable {
    /// See `PostgresCodable`.
    @inlinable public static var typeID: UInt32 { 701 }
    /// See `PostgresCodable`.
    @inlinable public static var arrayTypeID: UInt32 { 1022 }

    /// See `PostgresCodable`.
    @inlinable public func encode(into writer: inout BinaryWriter) { writer.append(bitPattern) }

    /// See `PostgresCodable`.
    public init?(postgres bytes: UnsafeRawBufferPointer) {
        guard let bits = Int64(postgres: bytes) else { return nil }
        self.init(bitPattern: UInt64(bitPattern: bits))
    }
}

extension Bool: PostgresCodable {
    /// See `PostgresCodable`.
    @inlinable public static var typeID: UInt32 { 16 }
    /// See `PostgresCodable`.
    @inlinable public static var arrayTypeID: UInt32 { 1000 }

    /// See `PostgresCodable`.
    @inlinable public func encode(into writer: inout BinaryWriter) { writer.append(UInt8(self ? 1 : 0)) }

    /// See `PostgresCodable`.
    public init?(postgres bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 1 else { return nil }
        self = bytes[0] != 0
    }
}

/// PostgreSQL's `text`. A NUL inside is refused by the server (SQLSTATE 22021), never cut short.
extension String: PostgresCodable {
    /// See `PostgresCodable`.
    @inlinable public static var typeID: UInt32 { 25 }
    /// See `PostgresCodable`.
    @inlinable public static var arrayTypeID: UInt32 { 1009 }
    /// varchar, name, json, unknown.
    public static var alsoDecodes: [UInt32] { [1043, 19, 114, 705] }

    /// See `PostgresCodable`.
    @inlinable public func encode(into writer: inout BinaryWriter) { writer.append(self) }

    /// See `PostgresCodable`.
    public init?(postgres bytes: UnsafeRawBufferPointer) {
        self.init(validating: bytes, as: UTF8.self)
    }
}

/// PostgreSQL's `bytea`.
extension [UInt8]: PostgresCodable {
    /// See `PostgresCodable`.
    @inlinable public static var typeID: UInt32 { 17 }
    /// See `PostgresCodable`.
    @inlinable public static var arrayTypeID: UInt32 { 1001 }

    /// See `PostgresCodable`.
    @inlinable public func encode(into writer: inout BinaryWriter) { writer.append(self) }

    /// See `PostgresCodable`.
    public init?(postgres bytes: UnsafeRawBufferPointer) { self.init(bytes) }
}

/// PostgreSQL's `timestamptz`, to the microsecond.
extension Date: PostgresCodable {
    /// See `PostgresCodable`.
    @inlinable public static var typeID: UInt32 { 1184 }
    /// See `PostgresCodable`.
    @inlinable public static var arrayTypeID: UInt32 { 1185 }
    /// 2000-01-01 00:00 UTC, PostgreSQL's epoch, in seconds since 1970.
    @usableFromInline static var epoch: Double { 946_684_800 }

    /// See `PostgresCodable`.
    @inlinable public func encode(into writer: inout BinaryWriter) {
        let microseconds = ((timeIntervalSince1970 - Self.epoch) * 1_000_000).rounded()
        // PostgreSQL ends at the year 294276; certificates end at 9999. What is beyond becomes infinity.
        writer.append(Int64(exactly: microseconds) ?? (microseconds < 0 ? .min : .max))
    }

    /// See `PostgresCodable`.
    public init?(postgres bytes: UnsafeRawBufferPointer) {
        guard let microseconds = Int64(postgres: bytes) else { return nil }
        self.init(timeIntervalSince1970: Double(microseconds) / 1_000_000 + Self.epoch)
    }
}

/// PostgreSQL's `inet`: an address of 4 or 16 bytes, and its prefix length.
public struct Inet: PostgresCodable, Hashable {
    /// 4 or 16, in network order.
    public let bytes: [UInt8]
    /// 0 to 32, or to 128.
    public let prefixLength: UInt8

    /// - Parameter bytes: 4 or 16, in network order.
    public init(bytes: [UInt8], prefixLength: Int? = nil) {
        self.bytes = bytes
        self.prefixLength = UInt8(clamping: prefixLength ?? bytes.count * 8)
    }

    /// See `PostgresCodable`.
    @inlinable public static var typeID: UInt32 { 869 }
    /// See `PostgresCodable`.
    @inlinable public static var arrayTypeID: UInt32 { 1041 }
    /// cidr.
    public static var alsoDecodes: [UInt32] { [650] }

    /// PostgreSQL's own family numbers (`PGSQL_AF_INET` = 2, `PGSQL_AF_INET6` = 3), prefix, cidr flag, length, address.
    @inlinable public func encode(into writer: inout BinaryWriter) {
        writer.append(UInt8(bytes.count == 4 ? 2 : 3))
        writer.append(prefixLength)
        writer.append(UInt8(0))
        writer.append(UInt8(clamping: bytes.count))
        writer.append(bytes)
    }

    /// See `PostgresCodable`.
    public init?(postgres raw: UnsafeRawBufferPointer) {
        guard raw.count == 8 || raw.count == 20, Int(raw[3]) == raw.count - 4 else { return nil }
        bytes = Array(raw[4...])
        prefixLength = raw[1]
    }
}
