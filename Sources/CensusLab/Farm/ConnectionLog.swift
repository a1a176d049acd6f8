import CMXLab
import CensusModel
import Foundation
import NIOConcurrencyHelpers

/// Every connection to the farm, one line at its begin and one at its end, for tests of politeness:
///
///     123456789012 open 127.16.3.4
///     123456999999 close 127.16.3.4
///
/// The first column is CLOCK_MONOTONIC in nanoseconds, which other processes of the machine share. A connection begins when
/// the kernel has established it (to a few milliseconds), however late the lab is in accepting it, and ends when the lab
/// notices the end or makes it. So lines are not quite in the order of time. Lines are buffered; the
/// number of connections is bounded, and those after the limit are not logged. May be called from any thread.
public final class ConnectionLog: Sendable {
    private struct State {
        var buffer: [UInt8] = []
        var left: Int
        var problem: String?
    }

    private static let bufferSize = 64 * 1024
    private let file: FileHandle
    private let path: String
    private let state: NIOLockedValueBox<State>

    /// Creates or empties the file. Throws `LabError.file`.
    init(path: String, limit: Int) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
        else {
            throw LabError.file("cannot write the connection log \(path): check the folder and its permissions")
        }
        self.file = file
        self.path = path
        state = NIOLockedValueBox(State(left: limit))
    }

    /// Notes the begin of a connection, `age` nanoseconds ago. False when the limit is reached: its end is not to be noted either.
    func opened(_ address: IPAddress, age: UInt64 = 0) -> Bool {
        state.withLockedValue { state in
            guard state.left > 0 else { return false }
            state.left -= 1
            append("open", address, age: age, to: &state)
            return true
        }
    }

    func closed(_ address: IPAddress) {
        state.withLockedValue { append("close", address, to: &$0) }
    }

    /// Writes what is buffered. Throws `LabError.file` when this or an earlier write failed.
    func flush() throws {
        let problem = state.withLockedValue { state in
            write(&state)
            return state.problem
        }
        if let problem { throw LabError.file("connection log \(path) is incomplete: \(problem)") }
    }

    private func append(_ event: String, _ address: IPAddress, age: UInt64 = 0, to state: inout State) {
        state.buffer += "\(cmx_monotonic_nanoseconds() - age) \(event) \(address)\n".utf8
        if state.buffer.count >= Self.bufferSize { write(&state) }
    }

    private func write(_ state: inout State) {
        do {
            if state.problem == nil { try file.write(contentsOf: state.buffer) }
        } catch {
            state.problem = "\(error)"
        }
        state.buffer.removeAll(keepingCapacity: true)
    }
}
