import CMXProcess
import Foundation

/// A program to run, without a shell, in the root folder, with a clean environment: `PG…` variables of the user must not
/// steer the embedded server.
struct Command: Sendable {
    let path: String
    let arguments: [String]

    struct Answer: Sendable {
        let status: Int32
        /// Standard output and error.
        let output: String
    }

    /// - Parameter program: a path, or a name that is looked for on the PATH.
    init(_ program: String, _ arguments: [String]) {
        path = program.contains("/") ? program : Self.locate(program)
        self.arguments = arguments
    }

    /// The same, run as another user: only root can.
    func running(as user: ServerUser) -> Command {
        guard user.id != geteuid() else { return self }
        return Command(
            "setpriv", ["--reuid", "\(user.id)", "--regid", "\(user.group)", "--init-groups", "--", path] + arguments)
    }

    /// Runs it to its end.
    ///
    /// - Throws: when it cannot be started.
    func run() async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try runBlocking() }) }
        }
    }

    /// Runs it to its end on this thread.
    func runBlocking() throws -> Answer {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw failure(errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let reader = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        let spawned = Result { try spawn(output: ends[1]) }
        close(ends[1])
        let process = try spawned.get()
        let output = reader.readDataToEndOfFile()
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw failure(errno) }
        }
        // The low seven bits are the signal that ended it, if one did; else the next eight are its exit status.
        let code = status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
        return Answer(status: code, output: String(decoding: output, as: UTF8.self))
    }

    /// Not Foundation's `Process`: it lets children inherit a descriptor by which it notices their end, and so would wait
    /// for a server that outlives the program that started it.
    private func spawn(output: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        cmx_spawn_close_from(&actions, 3)
        cmx_spawn_change_folder(&actions, "/")
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A session of its own: Ctrl-C at the terminal is for us, not for the server that is being started.
        // Signals that we ignore or block are no concern of the child.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags) | cmx_spawn_new_session)
        let arguments = ([path] + arguments).map { strdup($0) }
        let environment = [strdup("PATH=" + Self.searchPath.joined(separator: ":")), strdup("LC_ALL=C")]
        defer { (arguments + environment).forEach { free($0) } }
        var process: pid_t = 0
        let error = posix_spawn(&process, path, &actions, &attributes, arguments + [nil], environment + [nil])
        guard error == 0 else { throw failure(error) }
        return process
    }

    private func failure(_ code: Int32) -> EmbeddedServerError {
        EmbeddedServerError("Cannot run \(path): \(String(cString: strerror(code)))")
    }

    /// The user's PATH, and the system's folders, which it may lack.
    static var searchPath: [String] {
        let own = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return own.filter { $0.hasPrefix("/") } + ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]
    }

    /// The first of that name on the PATH; /usr/bin when there is none, so that the error names something.
    private static func locate(_ name: String) -> String {
        searchPath.map { $0 + "/" + name }.first { FileManager.default.isExecutableFile(atPath: $0) } ?? "/usr/bin/"
            + name
    }
}

/// A moment by the monotonic clock after which waiting is pointless.
struct Deadline: Sendable {
    private let end: ContinuousClock.Instant

    init(seconds: Double) { end = .now + .seconds(seconds) }

    var isOver: Bool { ContinuousClock.now >= end }
}
