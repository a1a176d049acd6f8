import Foundation
import Synchronization

/// A server on 127.0.0.1 that treats every connection as its script says, each on a thread of its own.
public final class ScriptedServer: Sendable {
    /// The port it listens on.
    public let port: UInt16
    private let listener: CInt
    private let lines = Mutex<[String]>([])

    /// Listens, and plays `script` for every connection that comes; the connection is closed behind it.
    ///
    /// - Parameter backlog: Connections that the kernel accepts for the server before the server does.
    /// - Parameter script: Nil: no connection is ever accepted.
    public init(backlog: Int = 512, _ script: (@Sendable (ServerConnection) throws -> Void)?) throws {
        (listener, port) = try Self.bind()
        guard listen(listener, CInt(backlog)) == 0 else { throw TestSupportError("listen: errno \(errno)") }
        if let script { Thread { [self] in acceptAll(script) }.start() }
    }

    deinit { close(listener) }

    /// The lines that all clients have sent so far, in the clear and under TLS.
    public var heard: [String] { lines.withLock { $0 } }

    /// Ends listening; scripts that run are not disturbed.
    public func stop() { shutdown(listener, CInt(SHUT_RDWR)) }

    /// A port on 127.0.0.1 that refuses connections for as long as `body` runs.
    public static func withRefusingPort<T>(_ body: (UInt16) async throws -> T) async throws -> T {
        let (socket, port) = try bind()
        defer { close(socket) }
        return try await body(port)
    }

    private static func bind() throws -> (CInt, UInt16) {
        let socket = Foundation.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutableBytes(of: &address) { bytes -> CInt in
            guard let address = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
            return Foundation.bind(socket, address, length) == 0 ? getsockname(socket, address, &length) : -1
        }
        guard bound == 0 else { throw TestSupportError("bind: errno \(errno)") }
        return (socket, UInt16(bigEndian: address.sin_port))
    }

    private func acceptAll(_ script: @escaping @Sendable (ServerConnection) throws -> Void) {
        while case let socket = accept(listener, nil, nil), socket >= 0 {
            Thread { [self] in
                let connection = ServerConnection(socket: socket) { line in self.lines.withLock { $0.append(line) } }
                // A client that goes away in mid-script is the client's affair.
                try? script(connection)
                connection.close()
            }.start()
        }
    }
}
