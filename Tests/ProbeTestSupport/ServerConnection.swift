import CMXOpenSSL
import Foundation

/// One connection of a `ScriptedServer`: blocking, on the thread of its script.
public final class ServerConnection {
    private let socket: CInt
    private let hear: (String) -> Void
    private var tls: OpaquePointer?
    private var received: [UInt8] = []
    private var isOpen = true

    init(socket: CInt, hear: @escaping (String) -> Void) {
        self.socket = socket
        self.hear = hear
    }

    deinit { SSL_free(tls) }

    /// Sends the text as it is, under TLS once that is established.
    public func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        let sent =
            tls.map { Int(SSL_write($0, bytes, CInt(bytes.count))) }
            ?? Foundation.send(socket, bytes, bytes.count, CInt(MSG_NOSIGNAL))
        guard sent == bytes.count else {
            throw TestSupportError("send: \(sent) of \(bytes.count) bytes, errno \(errno)")
        }
    }

    /// Waits for a line; throws when the client is gone. Returns it without its line end.
    @discardableResult
    public func line() throws -> String {
        while true {
            if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: received[..<end].dropLast(), as: UTF8.self)
                received.removeFirst(end + 1)
                hear(line)
                return line
            }
            guard receive() else { throw TestSupportError("the client is gone") }
        }
    }

    /// Waits for the first bytes of the client's next flight, and drops them.
    public func hello() throws {
        guard receive() else { throw TestSupportError("the client is gone") }
        received = []
    }

    /// Waits until the client closes, and drops what it sends until then.
    public func untilClosed() {
        while receive() {}
    }

    /// Sends one byte after the other, `pause` apart, until the client says something, is gone, or the text has ended.
    public func drip(_ text: String, pause: Duration) throws {
        for character in text {
            try send(String(character))
            var watched = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            if poll(&watched, 1, CInt(pause / .milliseconds(1))) > 0 { throw TestSupportError("the client is gone") }
        }
    }

    /// Takes the server's part of a handshake. A failed one leaves a connection that can only be closed.
    public func startTLS(_ context: TLSServerContext) throws {
        tls = SSL_new(context.pointer)
        ERR_clear_error()
        SSL_set_fd(tls, socket)
        guard SSL_accept(tls) == 1 else {
            SSL_free(tls)
            tls = nil
            throw TestSupportError("handshake failed")
        }
    }

    /// Breaks the connection off with a TCP reset.
    public func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        close()
    }

    /// Closes in an orderly way, with close_notify under TLS.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        if let tls { SSL_shutdown(tls) }
        Foundation.close(socket)
    }

    private func receive() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = tls.map { Int(SSL_read($0, &buffer, CInt(buffer.count))) } ?? recv(socket, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        received += buffer.prefix(count)
        return true
    }
}

extension ServerConnection {
    /// Greets and takes part up to the answer to STARTTLS, the 220 included.
    public func offerTLS(go: String = "220 go ahead\r\n") throws {
        try send("220 mx.example.org ESMTP\r\n")
        try line()
        try send("250-mx.example.org\r\n250 STARTTLS\r\n")
        try line()
        try send(go)
    }

    /// A whole good dialogue.
    public func beGood(_ context: TLSServerContext) throws {
        try offerTLS()
        try startTLS(context)
        try line()
        try send("250 mx.example.org\r\n")
        try line()
        try send("221 bye\r\n")
    }
}
