import CMXLab

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A TCP socket that listens on 0.0.0.0 behind the farm's packet filter. Whoever takes the descriptor closes it.
struct ListeningSocket {
    /// Connections that the kernel accepts before the farm does; Linux allows no more unless told to.
    private static let backlog: CInt = 4096
    let descriptor: CInt

    /// Throws `LabError.listen` with what to do.
    init(port: Int) throws {
        #if canImport(Glibc)
            let stream = CInt(SOCK_STREAM.rawValue)
        #else
            let stream = SOCK_STREAM
        #endif
        descriptor = socket(AF_INET, stream, 0)
        guard descriptor >= 0 else { throw Self.failure("open a socket", port) }
        do {
            try configure(port)
        } catch {
            close(descriptor)
            throw error
        }
    }

    private func configure(_ port: Int) throws {
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var yes: CInt = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
        let base = AddressPlan.droppedBase
        let code = cmx_drop_by_destination(descriptor, base, base + AddressPlan.droppedSize - 1)
        guard code == 0 else { throw Self.failure("attach its packet filter", port, code) }
        guard (0...65_535).contains(port) else { throw LabError.listen("\(port) is no TCP port: use 0…65535") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0 else { throw Self.failure("listen on TCP port \(port)", port) }
        try listen(port)
    }

    /// Listens, or sets the room for waiting connections again.
    func listen(_ port: Int) throws {
        #if canImport(Glibc)
            let result = Glibc.listen(descriptor, Self.backlog)
        #elseif canImport(Musl)
            let result = Musl.listen(descriptor, Self.backlog)
        #else
            let result = Darwin.listen(descriptor, Self.backlog)
        #endif
        guard result == 0 else { throw Self.failure("listen on TCP port \(port)", port) }
    }

    private static func failure(_ action: String, _ port: Int, _ code: CInt = errno) -> LabError {
        .listen(
            "the lab's mail servers cannot \(action): \(String(cString: strerror(code))); "
                + "choose another port, or 0 for any free one")
    }
}
