import CensusModel
import Foundation
import Testing

@testable import CensusLab

#if canImport(Glibc)
    import Glibc
#endif

/// Output of a finished program.
struct ProgramResult: Sendable {
    let status: Int32
    let output: String
}

/// Runs a program to its end and returns both of its outputs together. The programs come from the Debian packages
/// bind9-dnsutils (dig) and openssl; a missing one fails the test.
func run(_ program: String, _ arguments: [String], input: String = "") async throws -> ProgramResult {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/\(program)")
            process.arguments = arguments
            let (stdin, stdout) = (Pipe(), Pipe())
            process.standardInput = stdin
            process.standardOutput = stdout
            process.standardError = stdout
            do {
                try process.run()
                try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
                try stdin.fileHandleForWriting.close()
                let bytes = try stdout.fileHandleForReading.readToEnd() ?? Data()
                process.waitUntilExit()
                continuation.resume(
                    returning: ProgramResult(
                        status: process.terminationStatus, output: String(decoding: bytes, as: UTF8.self)))
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}

/// Runs `body` with a started lab and a folder for its files, and takes both away again.
func withLab<T>(
    scale: Int = 1000, _ change: (inout LabConfiguration) -> Void = { _ in }, _ body: (Lab, String) async throws -> T
) async throws -> T {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lab-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var configuration = LabConfiguration(scale: scale, slowGreeting: 20...40)
    change(&configuration)
    let lab = try Lab(configuration: configuration)
    try await lab.start()
    try lab.writeTrustFile("\(folder)/trust.pem")
    do {
        let result = try await body(lab, folder)
        try await lab.shutdown()
        return result
    } catch {
        try await lab.shutdown()
        throw error
    }
}

/// Where the host is that shows a behaviour.
func address(_ behaviour: Behaviour, _ lab: Lab) throws -> IPAddress {
    let world = try LabWorld(lab.configuration)
    let number = try #require(Behaviour.numbers[behaviour])
    return try #require(world.addresses(of: .test(number)).first)
}

/// A blocking TCP client that knows nothing but sockets. Waits at most 10 s for anything.
struct RawClient {
    enum Event: Equatable {
        case text(String)
        case closed
        /// errno of the call that failed.
        case failed(Int32)
        /// Nothing within the time.
        case silence
    }

    private let descriptor: Int32
    private let connectError: Int32

    /// Connects within `wait` milliseconds; a failure shows in `read()`.
    init(_ address: IPAddress, port: Int, wait: Int32 = 10_000) {
        descriptor = socket(address.isV6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var seconds = timeval(tv_sec: Int(wait) / 1000, tv_usec: Int(wait) % 1000 * 1000)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &seconds, socklen_t(MemoryLayout<timeval>.size))
        }
        connectError = Self.connect(descriptor, address, UInt16(port)) == 0 ? 0 : errno
    }

    private static func connect(_ descriptor: Int32, _ address: IPAddress, _ port: UInt16) -> Int32 {
        switch address {
        case .v4(let value):
            var target = sockaddr_in()
            target.sin_family = sa_family_t(AF_INET)
            target.sin_port = port.bigEndian
            target.sin_addr.s_addr = value.bigEndian
            return withUnsafePointer(to: &target) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        case .v6:
            var target = sockaddr_in6()
            target.sin6_family = sa_family_t(AF_INET6)
            target.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &target.sin6_addr) { $0.copyBytes(from: address.bytes) }
            return withUnsafePointer(to: &target) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        }
    }

    func send(_ text: String) { _ = Glibc.send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL)) }

    /// Reads until a whole reply (or anything that is none) has come.
    func read() -> Event {
        guard connectError == 0 else { return connectError == EINPROGRESS ? .silence : .failed(connectError) }
        var text: [UInt8] = []
        while !Self.isWhole(text) {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0 { return errno == EAGAIN ? .silence : .failed(errno) }
            if count == 0 { return text.isEmpty ? .closed : .text(String(decoding: text, as: UTF8.self)) }
            text += buffer[..<count]
        }
        return .text(String(decoding: text, as: UTF8.self))
    }

    /// True when the last line of `bytes` is not one of `250-…`.
    private static func isWhole(_ bytes: [UInt8]) -> Bool {
        guard bytes.last == UInt8(ascii: "\n") else { return false }
        let last = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).last ?? ""
        return last.dropFirst(3).first != "-" || !last.prefix(3).allSatisfy(\.isNumber)
    }

    /// The next reply; nil when none comes any more.
    func readReply() -> String? {
        if case .text(let text) = read() { text } else { nil }
    }

    /// Everything until the peer closes.
    func readToEnd() -> String {
        var text = ""
        while case .text(let more) = read() { text += more }
        return text
    }

    /// Reads until `wanted` bytes have come, or no more do; returns how many.
    func count(atLeast wanted: Int) -> Int {
        var sum = 0
        var buffer = [UInt8](repeating: 0, count: 4096)
        while sum < wanted {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return sum }
            sum += count
        }
        return sum
    }

    func end() { close(descriptor) }
}

/// Sends `commands` one after the other, each after the reply to the one before; returns all that was heard.
func dialogue(
    _ address: IPAddress, _ port: Int, _ commands: [String] = [], wait: Int32 = 10_000
) async -> [RawClient.Event] {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread {
            let client = RawClient(address, port: port, wait: wait)
            var events = [client.read()]
            for command in commands {
                client.send(command + "\r\n")
                events.append(client.read())
            }
            client.end()
            continuation.resume(returning: events)
        }
    }
}
