import CensusSQL
import PostgresClient

/// As whom a connection works.
public struct ConnectedRole: Sendable, Hashable, CustomStringConvertible {
    /// Whose rights hold.
    public let user: String
    /// Who logged in; the same unless the login has a role set.
    public let login: String
    /// A superuser may do everything.
    public let isSuperuser: Bool
    /// Which of `mxcensus_owner`, `mxcensus_worker` and `mxcensus_reader` it has the rights of.
    public let roles: [String]
    /// It may read the tables.
    public let mayRead: Bool

    /// For people.
    public var description: String {
        let person = user == login ? user : "\(user), logged in as \(login)"
        if isSuperuser { return "\(person) (superuser)" }
        let others = roles.filter { $0 != user }
        return others.isEmpty ? person : "\(person) (\(others.joined(separator: ", ")))"
    }
}

extension Store {
    /// As whom this store works.
    ///
    /// - Throws: `StoreError`.
    public func connectedRole() async throws -> ConnectedRole {
        let rows = try await query(EmbeddedSQL.connectedRole)
        return try translate {
            var row = try rows.one()
            return ConnectedRole(
                user: try row.next(), login: try row.next(), isSuperuser: try row.next(),
                roles: try row.nextArray(), mayRead: try row.next())
        }
    }

    /// SQL that a superuser of the server has to run when `migrate` could not make the roles; empty when they exist.
    ///
    /// - Throws: `StoreError`.
    public func missingRoleCommands() async throws -> [String] {
        let rows = try await query(EmbeddedSQL.missingRoles)
        return try translate {
            try rows.map { row in
                var row = row
                return try row.next()
            }
        }
    }
}
