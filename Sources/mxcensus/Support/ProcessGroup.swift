import Foundation

/// Processes of this machine that do one job together, and what they have used. Read from `/proc`.
struct ProcessGroup: Sendable {
    let name: String
    private let members: @Sendable () -> [Int32]

    /// This process.
    static var scanner: ProcessGroup {
        let own = getpid()
        return ProcessGroup(name: "scanner") { [own] }
    }

    /// One other process.
    static func single(_ name: String, _ process: Int32) -> ProcessGroup { ProcessGroup(name: name) { [process] } }

    /// The PostgreSQL server whose data is below `folder`, with all its processes.
    static func postgres(below folder: String) -> ProcessGroup {
        ProcessGroup(name: "PostgreSQL") {
            let all = processes()
            let servers = all.filter { process in
                name(of: process) == "postgres" && arguments(of: process).contains { $0.hasPrefix(folder + "/") }
            }
            return servers + all.filter { parent(of: $0).map(servers.contains) ?? false }
        }
    }

    /// What the group uses now and has used.
    func usage() -> Usage {
        members().reduce(into: Usage()) { usage, process in
            usage.cpuSeconds += Self.cpuSeconds(of: process)
            usage.residentKiB += Self.proportionalKiB(of: process)
        }
    }

    struct Usage: Hashable, Sendable {
        /// User and system time, with that of children that have ended.
        var cpuSeconds = 0.0
        /// Memory in RAM; what processes share is divided among them.
        var residentKiB = 0
    }

    // MARK: /proc

    private static func processes() -> [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
    }

    /// A file of a process; empty when the process has ended or is somebody else's.
    private static func read(_ process: Int32, _ file: String) -> String {
        (try? String(contentsOfFile: "/proc/\(process)/\(file)", encoding: .utf8)) ?? ""
    }

    private static func arguments(of process: Int32) -> [String] {
        read(process, "cmdline").split(separator: "\0").map(String.init)
    }

    private static func name(of process: Int32) -> String {
        read(process, "comm").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The fields of proc(5) `stat` after the name, which may hold anything: the first is number 3, the state.
    private static func fields(of process: Int32) -> [Substring] {
        read(process, "stat").split(separator: ")").last?.split(separator: " ") ?? []
    }

    private static func parent(of process: Int32) -> Int32? {
        fields(of: process).dropFirst().first.flatMap { Int32($0) }
    }

    /// utime, stime, cutime and cstime, fields 14 to 17.
    private static func cpuSeconds(of process: Int32) -> Double {
        let ticks = fields(of: process).dropFirst(11).prefix(4).compactMap { Double($0) }.reduce(0, +)
        return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func proportionalKiB(of process: Int32) -> Int {
        let line = read(process, "smaps_rollup").split(separator: "\n").first { $0.hasPrefix("Pss:") }
        return line.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) } ?? 0
    }
}
