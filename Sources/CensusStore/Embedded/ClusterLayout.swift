import Foundation

/// The folders and files of an embedded server. Making one creates the outermost folder, `makeFolders` those inside.
struct ClusterLayout: Sendable {
    let root: String
    /// PostgreSQL's data directory; missing until the cluster was made.
    var data: String { root + "/postgres" }
    /// A cluster in the making: left behind when that was interrupted.
    var unfinishedData: String { root + "/postgres.new" }
    var log: String { root + "/log/postgres.log" }
    var startLock: String { root + "/start.lock" }
    var usersLock: String { root + "/users.lock" }
    /// Folder of the socket.
    let socketDirectory: String
    private let owner: ServerUser

    /// The kernel's limit for a socket's path (`sun_path`, with its final NUL: 108).
    private static let longestSocketPath = 107

    /// - Parameters:
    ///   - root: absolute, or relative to the current folder.
    ///   - owner: as whom the server runs: may be another than we are only when we are root.
    init(root: String, owner: ServerUser) throws {
        let root = URL(fileURLWithPath: root).standardizedFileURL.path
        self.root = root
        self.owner = owner
        try Self.makePath(root)
        if let barrier = owner.barrier(on: root) {
            throw EmbeddedServerError(
                "The database cannot be in \(root): user '\(owner.name)', as whom PostgreSQL runs, may not enter \(barrier). Choose another folder."
            )
        }
        let inside = root + "/run"
        if (inside + "/" + Cluster.socketName).utf8.count <= Self.longestSocketPath {
            socketDirectory = inside
        } else {
            socketDirectory = "/tmp/mxcensus-\(owner.id)-\(Self.hash(root))"
        }
    }

    /// Creates the folders for the log and the socket, or checks those that are there. Under the start lock: between
    /// making a folder and giving it away, it has the wrong owner for a moment.
    func makeFolders() throws {
        try Self.makeFolder(root + "/log", owner: owner)
        try Self.makeFolder(socketDirectory, owner: owner)
    }

    /// Major version of the PostgreSQL that made the cluster; nil when there is none yet.
    func clusterVersion() throws -> String? {
        guard FileManager.default.fileExists(atPath: data) else { return nil }
        do {
            return try String(contentsOfFile: data + "/PG_VERSION", encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        } catch {
            throw EmbeddedServerError(
                "\(data) is no PostgreSQL cluster that user '\(ServerUser.current.name)' can read (no PG_VERSION). Move it away, or choose another folder."
            )
        }
    }

    /// Creates the missing folders of a path: open to others, because the server's user must be able to pass.
    private static func makePath(_ path: String) throws {
        var folder = ""
        for component in path.split(separator: "/") {
            folder += "/" + component
            if mkdir(folder, 0o755) == 0 {
                chmod(folder, 0o755)
            } else if errno != EEXIST {
                throw failure("create the folder \(folder)")
            }
        }
    }

    /// Creates a folder that only `owner` may enter, or makes sure that an existing one is like that: in /tmp somebody
    /// else could have made it.
    private static func makeFolder(_ path: String, owner: ServerUser) throws {
        if mkdir(path, 0o700) == 0 {
            guard owner.id == geteuid() || chown(path, owner.id, owner.group) == 0 else {
                throw failure("give \(path) to user '\(owner.name)'")
            }
        } else if errno != EEXIST {
            throw failure("create the folder \(path)")
        }
        var info = stat()
        guard lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR, info.st_uid == owner.id,
            info.st_mode & 0o077 == 0
        else {
            throw EmbeddedServerError(
                "\(path) must be a folder of user '\(owner.name)' that nobody else may enter. Remove it, or choose another data folder."
            )
        }
    }

    private static func failure(_ action: String) -> EmbeddedServerError {
        EmbeddedServerError("Cannot \(action): \(String(cString: strerror(errno))). Choose another data folder.")
    }

    /// FNV-1a: the same for the same folder, in every process.
    private static func hash(_ text: String) -> String {
        let value = text.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(value, radix: 16)
    }
}
