import Foundation
import Testing

/// All of it one after the other: each scan, with its lab or servers, wants the machine for itself.
@Suite("End to end", .serialized)
enum EndToEnd {}

/// The program under test, as a user runs it.
enum MXCensusProgram {
    /// Beside the test bundle, where SwiftPM builds it.
    static let url: URL = {
        let bundle = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
        let folder = (bundle ?? URL(filePath: CommandLine.arguments[0])).deletingLastPathComponent()
        return folder.appending(path: "mxcensus")
    }()

    /// Starts the program.
    static func start(
        _ arguments: [String], environment: [String: String] = [:], input: String? = nil
    ) throws -> RunningProgram {
        try RunningProgram(url, arguments, environment: environment, input: input)
    }

    /// Runs the program to its end.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], input: String? = nil
    ) async throws -> ProgramResult {
        try await start(arguments, environment: environment, input: input).result()
    }
}

/// What a program left behind.
struct ProgramResult: Sendable {
    let status: Int32
    let output: String
    let errors: String

    /// The output as JSON lines.
    func lines<Line: Decodable>(of type: Line.Type) throws -> [Line] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try output.split(separator: "\n").map { try decoder.decode(Line.self, from: Data($0.utf8)) }
    }
}

/// A child process whose output goes to files, so that no pipe can fill up.
final class RunningProgram: Sendable {
    private let process = Process()
    private let folder: TemporaryFolder

    /// Starts a program by its command line.
    convenience init(_ command: [String], environment: [String: String] = [:]) throws {
        try self.init(URL(filePath: "/usr/bin/env"), command, environment: environment)
    }

    init(_ program: URL, _ arguments: [String], environment: [String: String] = [:], input: String? = nil) throws {
        folder = try TemporaryFolder()
        process.executableURL = program
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, ours in ours }
        process.standardOutput = try folder.newFile("out")
        process.standardError = try folder.newFile("err")
        if let input {
            try Data(input.utf8).write(to: folder.url.appending(path: "in"))
            process.standardInput = try FileHandle(forReadingFrom: folder.url.appending(path: "in"))
        } else {
            process.standardInput = FileHandle.nullDevice
        }
        try Self.withNoSignalBlocked { try process.run() }
    }

    /// Threads that run tasks block all signals, and children inherit that: they could not be asked to end.
    private static func withNoSignalBlocked(_ start: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try start()
    }

    var output: String { folder.text("out") }
    var errors: String { folder.text("err") }

    /// Waits for the end on a thread of its own.
    func result() async -> ProgramResult {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [self] in
                process.waitUntilExit()
                continuation.resume(
                    returning: ProgramResult(status: process.terminationStatus, output: output, errors: errors))
            }
        }
    }

    var isRunning: Bool { process.isRunning }
    var processID: pid_t { process.processIdentifier }

    /// Waits for the end on this thread.
    func waitUntilEnd() { process.waitUntilExit() }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits until `condition` holds of what the program has written so far; fails when the program ends before.
    func waitUntil(_ what: String, _ condition: (RunningProgram) -> Bool) async throws {
        while !condition(self) {
            try #require(process.isRunning, "the program ended before \(what): \(errors)")
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

/// A folder that goes away with its owner.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "mxcensus-test-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        // The private PostgreSQL runs as its own user when the tests run as root, and must be able to reach it.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }

    func write(_ name: String, _ content: Data) throws -> String {
        try content.write(to: url.appending(path: name))
        return path(name)
    }

    func write(_ name: String, _ content: String) throws -> String { try write(name, Data(content.utf8)) }

    func newFile(_ name: String) throws -> FileHandle {
        try Data().write(to: url.appending(path: name))
        return try FileHandle(forWritingTo: url.appending(path: name))
    }

    func text(_ name: String) -> String {
        guard let data = FileManager.default.contents(atPath: path(name)) else { return "" }
        return String(decoding: data, as: UTF8.self)
    }
}
