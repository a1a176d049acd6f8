import CensusModel
import CensusSQL
import Foundation
import PostgresClient

/// An opt-out as it is recorded.
public struct OptOutEntry: Sendable, Hashable {
    /// The network or domain, as text.
    public let entry: String
    /// `network` or `domain`.
    public let kind: String
    /// Why, as the operator wrote it.
    public let reason: String
    /// Who added it.
    public let addedBy: String
    /// When.
    public let addedAt: Date
    /// Who removed it; nil while it is active.
    public let removedBy: String?
    /// Why it was removed; nil when nothing was said.
    public let removedReason: String?
    /// When it was removed; nil while it is active.
    public let removedAt: Date?
}

/// What must be left alone, as of one moment.
public struct StoredRules: Sendable {
    /// Grows with each change of the entries.
    public let version: Int64
    /// All active entries; nil when the caller has this version already.
    public let optOuts: OptOuts?
}

/// Who asked to be left alone: see sql/migrations/V0016__opt_out.sql for when an entry takes effect.
extension Store {
    /// Records opt-outs, all or none.
    ///
    /// - Parameters:
    ///   - reason: 1 to 1000 characters.
    ///   - who: 1 to 200 characters; with nil it is `user`, as the user of the database.
    ///   - user: of this machine.
    /// - Returns: those that are new: an entry that is active already stays as it is.
    /// - Throws: `StoreError`.
    public func addOptOuts(_ entries: [OptOut], reason: String, who: String?, user: String) async throws -> [String] {
        try await change("SELECT census.optout_add($1::cidr[], $2, $3, $4)", entries, reason, who, user)
    }

    /// Ends opt-outs, all or none. They stay as history.
    ///
    /// - Parameters: as for `addOptOuts`, but `reason` may be nil.
    /// - Returns: what was removed.
    /// - Throws: `StoreError`, also when one of them is not active.
    public func removeOptOuts(_ entries: [OptOut], reason: String?, who: String?, user: String) async throws
        -> [String]
    {
        try await change("SELECT census.optout_remove($1::cidr[], $2, $3, $4)", entries, reason, who, user)
    }

    /// The recorded opt-outs: networks, then domains.
    ///
    /// - Parameter removed: also those that are not active any more.
    /// - Throws: `StoreError`.
    public func optOuts(removed: Bool) async throws -> [OptOutEntry] {
        let rows = try await query(EmbeddedSQL.optOuts, [Parameter(removed)])
        return try translate {
            try rows.map { row in
                var row = row
                return OptOutEntry(
                    entry: try row.next(), kind: try row.next(), reason: try row.next(), addedBy: try row.next(),
                    addedAt: try row.next(), removedBy: try row.nextOptional(), removedReason: try row.nextOptional(),
                    removedAt: try row.nextOptional())
            }
        }
    }

    /// What must be left alone now.
    ///
    /// - Parameter known: the version that the caller has; nil when it has none.
    /// - Throws: `StoreError`, also when an entry cannot be read: better no rules than rules with a hole.
    public func contactRules(known: Int64?) async throws -> StoredRules {
        let rows = try await query("SELECT * FROM census.contact_rules($1)", [Parameter(known)])
        return try translate {
            var row = try rows.one()
            let version: Int64 = try row.next()
            guard version != known else { return StoredRules(version: version, optOuts: nil) }
            let networks = try row.nextArray(of: String.self).map { text in
                guard let block = CIDR(text) else { throw StoreError.unknownCode(text, in: "an opted-out network") }
                return OptOut.network(block)
            }
            let domains = try row.nextArray(of: String.self).map { text in
                guard let name = DomainName(normalized: text) else {
                    throw StoreError.unknownCode(text, in: "an opted-out domain")
                }
                return OptOut.domain(name)
            }
            return StoredRules(version: version, optOuts: OptOuts(networks + domains))
        }
    }

    private func change(
        _ sql: String, _ entries: [OptOut], _ reason: String?, _ who: String?, _ user: String
    ) async throws -> [String] {
        var networks: [String] = []
        var domains: [String] = []
        for entry in entries {
            switch entry {
            case .network(let block): networks.append(block.unmapped.description)
            case .domain(let name): domains.append(name.text)
            }
        }
        let by = try await who == nil ? "\(user) as \(databaseUser())" : who
        let rows = try await query(sql, [.array(networks), .array(domains), Parameter(reason), Parameter(by)])
        return try translate {
            var row = try rows.one()
            return try row.nextArray(of: String.self)
        }
    }

    private func databaseUser() async throws -> String {
        let rows = try await query("SELECT session_user::text")
        return try translate {
            var row = try rows.one()
            return try row.next()
        }
    }
}
