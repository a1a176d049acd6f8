import Foundation
import PostgresClient

/// Why the private PostgreSQL server could not be used: what is wrong, where, and what to do.
public struct EmbeddedServerError: Error, Sendable, CustomStringConvertible {
    /// For people.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// A private PostgreSQL server for scans on one machine: a cluster in a data folder, reached by a Unix socket only, by
/// the user who started it only (peer authentication: no password, no trust).
///
/// Several processes may use it at once. Each holds a shared lock on `users.lock` for as long as it lives, however it
/// ends. Beside each waits a guard, a detached `flock --exclusive users.lock pg_ctl stop`: it gets the lock when the last
/// user has gone, and stops the server. A new user that comes meanwhile waits for the lock, finds the server down and
/// starts it again. `start.lock` keeps two from starting it at once.
public enum EmbeddedServer {
    /// One user's hold on the server. The server stops some time after the last handle of all processes is gone.
    public final class Handle: Sendable {
        /// For `Store.open`.
        public let settings: ConnectionSettings
        /// The folder with everything that is kept.
        public let dataDirectory: String
        /// Where PostgreSQL's programs are: psql, pg_dump …
        public let binDirectory: String
        private let cluster: Cluster
        private let usersLock: FileLock

        init(cluster: Cluster, usersLock: FileLock) {
            self.cluster = cluster
            self.usersLock = usersLock
            settings = cluster.settings(database: Cluster.database)
            dataDirectory = cluster.layout.root
            binDirectory = cluster.installation.binDirectory
        }

        /// Lets go of the server. When this was its last user, returns when it is down.
        ///
        /// - Throws: `EmbeddedServerError` when the server does not stop.
        public func stop() async throws {
            usersLock.unlock()
            let patience = Deadline(seconds: 60)
            while !patience.isOver {
                if try usersLock.tryLock(.exclusive) {
                    defer { usersLock.unlock() }
                    return try await cluster.stop()
                }
                if try usersLock.tryLock(.shared) {
                    // Others use the server.
                    return usersLock.unlock()
                }
                // The guard is stopping the server at this moment.
                try await Task.sleep(for: .milliseconds(20))
            }
            throw EmbeddedServerError("The embedded PostgreSQL in \(dataDirectory) did not stop within a minute.")
        }
    }

    /// Where the data is kept unless something else is asked for.
    public static func defaultDataDirectory() -> DataDirectory {
        DataDirectory.standard(environment: ProcessInfo.processInfo.environment, user: .current)
    }

    /// The PostgreSQL that a new cluster would run on.
    ///
    /// - Throws: `EmbeddedServerError` naming the Debian package to install.
    public static func installation() throws -> (version: String, directory: String) {
        let found = try PostgresInstallation.find(clusterVersion: nil)
        return (found.version, found.binDirectory)
    }

    /// Starts the server, or joins those who use it already. The cluster is made if need be.
    ///
    /// - Parameter dataDirectory: nil for `defaultDataDirectory()`.
    /// - Throws: `EmbeddedServerError`: PostgreSQL is not installed, the folder cannot be used, the server does not start.
    public static func start(dataDirectory: String? = nil) async throws -> Handle {
        let root = dataDirectory ?? defaultDataDirectory().path
        let user = try ServerUser.current.serverUser()
        let layout = try ClusterLayout(root: root, owner: user)
        let startLock = try FileLock(path: layout.startLock)
        let usersLock = try FileLock(path: layout.usersLock)
        try await startLock.wait(.exclusive, for: "another mxcensus that is starting the database in \(root)")
        defer { startLock.unlock() }
        try layout.makeFolders()
        try await usersLock.wait(.shared, for: "the database in \(root) to stop")
        let installation = try PostgresInstallation.find(clusterVersion: layout.clusterVersion())
        let cluster = Cluster(layout: layout, installation: installation, owner: user)
        try await cluster.prepare()
        // Before the server runs: from now on it stops when we are gone, whatever happens.
        try await cluster.postGuard()
        try await cluster.ensureRunning()
        try await cluster.ensureDatabase()
        return Handle(cluster: cluster, usersLock: usersLock)
    }
}
