/// How far an import is.
public enum ImportProgress: Hashable, Sendable {
    /// So many names have been read, doubles included. They are sorted meanwhile.
    case reading(Int64)
    /// So many domains of all were copied into the database.
    case copying(Int64, of: Int64)
    /// So many domains are there, and are indexed.
    case indexing(Int64)
}
