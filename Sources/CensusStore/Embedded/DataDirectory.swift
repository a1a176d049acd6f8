import Foundation

/// Where the embedded server keeps its data, and why there.
public struct DataDirectory: Sendable, Hashable {
    /// Absolute path.
    public let path: String
    /// For people, when it is not the user's own data folder; nil when it is.
    public let note: String?

    /// `$XDG_DATA_HOME/mxcensus`, else `$HOME/.local/share/mxcensus`. As root, where the server has to run as
    /// `postgres`, `/var/lib/mxcensus` if `postgres` may not pass through the user's folders.
    static func standard(environment: [String: String], user: ServerUser) -> DataDirectory {
        let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        // The XDG specification tells programs to ignore relative paths.
        let xdg = environment["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        guard let base = xdg ?? home.map({ $0 + "/.local/share" }) else {
            return DataDirectory(path: "/var/lib/mxcensus", note: "no home folder is set")
        }
        let wanted = base + "/mxcensus"
        guard user.isRoot, let server = try? user.serverUser(), let barrier = server.barrier(on: wanted) else {
            return DataDirectory(path: wanted, note: nil)
        }
        return DataDirectory(
            path: "/var/lib/mxcensus",
            note: "PostgreSQL does not run as root, and its user '\(server.name)' may not enter \(barrier)")
    }
}

/// A user of this machine: the one who runs this program, or the one as whom PostgreSQL runs.
struct ServerUser: Sendable, Hashable {
    let id: uid_t
    let group: gid_t
    let name: String

    var isRoot: Bool { id == 0 }

    /// The effective user of this process.
    static var current: ServerUser {
        let id = geteuid()
        return ServerUser(id: id, group: getegid(), name: named(uid: id)?.name ?? "")
    }

    /// Ourselves or, since PostgreSQL refuses to run as root, the `postgres` user that its package creates.
    func serverUser() throws -> ServerUser {
        if isRoot {
            guard let entry = getpwnam("postgres") else {
                throw EmbeddedServerError(
                    "PostgreSQL does not run as root, and there is no user 'postgres' to run it as. Install the Debian package postgresql, or run mxcensus as another user."
                )
            }
            return ServerUser(id: entry.pointee.pw_uid, group: entry.pointee.pw_gid, name: "postgres")
        }
        guard !name.isEmpty else {
            throw EmbeddedServerError(
                "User number \(id) has no name on this machine, and PostgreSQL needs one. Add it to /etc/passwd, or use --database."
            )
        }
        return self
    }

    /// The first folder on the way to `path` that this user may not pass through; nil when there is none. Folders that do
    /// not exist yet are no barrier.
    func barrier(on path: String) -> String? {
        var folder = ""
        for component in path.split(separator: "/") {
            folder += "/" + component
            var info = stat()
            guard stat(folder, &info) == 0 else { return nil }
            let bit: mode_t = info.st_uid == id ? 0o100 : groups.contains(info.st_gid) ? 0o010 : 0o001
            if info.st_mode & bit == 0 { return folder }
        }
        return nil
    }

    private var groups: Set<gid_t> {
        var count: Int32 = 64
        var list = [gid_t](repeating: 0, count: Int(count))
        guard getgrouplist(name, group, &list, &count) >= 0 else { return [group] }
        return Set(list.prefix(Int(count)))
    }

    private static func named(uid: uid_t) -> (name: String, group: gid_t)? {
        guard let entry = getpwuid(uid) else { return nil }
        return (String(cString: entry.pointee.pw_name), entry.pointee.pw_gid)
    }
}
