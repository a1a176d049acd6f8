import Glibc

/// A DNS server: a numeric address and a port.
struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
    /// Numeric; an IPv6 address may carry a zone (`fe80::1%eth0`).
    let host: String
    let port: UInt16
    /// The bytes of its `sockaddr`.
    let socketAddress: [UInt8]

    /// In the form in which a person would write it.
    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    /// In the form of unbound.conf.
    var forwardAddress: String { "\(host)@\(port)" }
    var family: Int32 { host.contains(":") ? AF_INET6 : AF_INET }

    /// A UDP socket that sends to this server and receives from nobody else, and never blocks; -1 with `errno` set when the system
    /// has none to give, or knows no way to the server.
    func connectedSocket() -> Int32 {
        let descriptor = socket(
            family, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return -1 }
        let connected = socketAddress.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { connect(descriptor, $0.baseAddress, socklen_t(bytes.count)) }
        }
        guard connected == 0 else {
            let reason = errno
            close(descriptor)
            errno = reason
            return -1
        }
        return descriptor
    }

    /// The servers meant by `names`, or those of the system when there are none.
    static func resolve(_ names: [String], systemFile: String = "/etc/resolv.conf") throws(ResolverError)
        -> [ServerAddress]
    {
        var result: [ServerAddress] = []
        for name in names.isEmpty ? try systemServers(systemFile) : names {
            result += try lookUp(name).filter { !result.contains($0) }
        }
        return result
    }

    /// Splits `HOST:PORT`; the port is 53 where none is given.
    static func split(_ text: String) throws(ResolverError) -> (host: String, port: UInt16) {
        let malformed = ResolverError(
            "“\(text)” is not a DNS server: give HOST:PORT, for example 127.0.0.1:53 or [::1]:53")
        var host = Substring(text)
        var port = Substring("53")
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw malformed }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            if !rest.isEmpty {
                guard rest.hasPrefix(":") else { throw malformed }
                port = rest.dropFirst()
            }
        } else if let colon = text.firstIndex(of: ":"), text.lastIndex(of: ":") == colon {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard !host.isEmpty, !host.utf8.contains(where: { $0 <= 0x20 || $0 == 0x22 || $0 == 0x7f }) else {
            throw malformed
        }
        guard port.utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt16(port), number != 0 else {
            throw ResolverError("“\(text)” has no valid port for a DNS server: a number from 1 to 65535 is needed")
        }
        return (String(host), number)
    }

    /// The addresses of `text`, by getaddrinfo. Blocks; called once, before a resolver starts.
    private static func lookUp(_ text: String) throws(ResolverError) -> [ServerAddress] {
        let (host, port) = try split(text)
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        guard status == 0 else {
            throw ResolverError(
                "DNS server “\(text)”: \(String(cString: gai_strerror(status))); give an address or a host that exists")
        }
        defer { freeaddrinfo(list) }
        return sequence(first: list, next: { $0?.pointee.ai_next }).prefix { $0 != nil }.compactMap { entry in
            guard let entry = entry?.pointee, let address = entry.ai_addr else { return nil }
            var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            guard getnameinfo(address, entry.ai_addrlen, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST) == 0
            else {
                return nil
            }
            let bytes = UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen))
            let numeric = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            return ServerAddress(host: numeric, port: port, socketAddress: Array(bytes))
        }
    }

    /// The `nameserver` lines of resolv.conf(5).
    private static func systemServers(_ file: String) throws(ResolverError) -> [String] {
        guard let text = readText(file) else {
            throw ResolverError("No DNS server is known: \(file) cannot be read; name one as HOST:PORT")
        }
        let servers = text.split(whereSeparator: \.isNewline).compactMap { line -> String? in
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count >= 2, words[0] == "nameserver" else { return nil }
            return words[1].contains(":") ? "[\(words[1])]:53" : "\(words[1]):53"
        }
        guard !servers.isEmpty else {
            throw ResolverError("No DNS server is known: \(file) names none; name one as HOST:PORT")
        }
        return servers
    }
}

/// The text of a small file; nil when it cannot be read or is larger than 1 MiB.
func readText(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while bytes.count <= 1 << 20 {
        let count = read(descriptor, &chunk, chunk.count)
        if count == 0 { return String(decoding: bytes, as: UTF8.self) }
        if count < 0 {
            if errno == EINTR { continue }
            return nil
        }
        bytes += chunk[..<count]
    }
    return nil
}
