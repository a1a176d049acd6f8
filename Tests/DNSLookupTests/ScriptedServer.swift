import Foundation
import Glibc
import Synchronization

/// A DNS server on 127.0.0.1 that plays what a test says, over UDP and TCP on one port. Its wire format is written here
/// by hand, apart from the code under test.
final class ScriptedServer: Sendable {
    /// A question as it came, and which of its kind it is.
    struct Query: Sendable {
        /// Lower case, without final dot.
        let name: String
        let type: Int
        let overTCP: Bool
        /// The port that a datagram came from; 0 over TCP.
        let port: UInt16
        /// 1 for the first question with this name and type.
        let ordinal: Int
        /// The whole message.
        let octets: [UInt8]
        /// Where the question section ends.
        let questionEnd: Int
    }

    struct Record: Hashable, Sendable {
        var name: String
        var type: Int
        var ttl = 3600
        var data: [UInt8]
    }

    enum Reply: Sendable {
        case records([Record])
        /// Answer section, authority section, RCODE.
        case sections([Record], [Record], Int)
        /// NXDOMAIN with a CNAME chain, or without.
        case nxdomain([Record] = [])
        case nodata
        case rcode(Int)
        case truncated
        case silence
        case raw([UInt8])
    }

    let port: UInt16
    private let state: Mutex<State>
    private let udp: Int32
    private let listener: Int32
    private let stopEnds: [Int32]
    private let answer: @Sendable (Query) -> Reply

    private struct State {
        var counts: [String: Int] = [:]
        var total = 0
    }

    init(_ answer: @escaping @Sendable (Query) -> Reply) throws {
        self.answer = answer
        state = Mutex(State())
        (udp, listener, port) = try Self.bindPair()
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
        stopEnds = ends
        let worker = Worker(udp: udp, listener: listener, stop: ends[0]) { [self] octets, port in
            respond(octets, port: port)
        }
        Thread.detachNewThread { worker.run() }
    }

    /// Ends the thread and frees the port.
    func stop() { close(stopEnds[1]) }

    var address: String { "127.0.0.1:\(port)" }

    func count(_ name: String, _ type: Int) -> Int { state.withLock { $0.counts["\(name)/\(type)"] ?? 0 } }
    var total: Int { state.withLock { $0.total } }
    var distinct: Int { state.withLock { $0.counts.count } }

    /// `port` is nil over TCP.
    private func respond(_ octets: [UInt8], port: UInt16?) -> [UInt8]? {
        guard octets.count >= 17 else { return nil }
        var labels: [String] = []
        var at = 12
        while octets[at] != 0 {
            let length = Int(octets[at])
            labels.append(String(decoding: octets[(at + 1)...(at + length)], as: UTF8.self).lowercased())
            at += length + 1
        }
        let name = labels.joined(separator: ".")
        let type = Int(octets[at + 1]) << 8 | Int(octets[at + 2])
        let ordinal = state.withLock { state in
            state.total += 1
            state.counts["\(name)/\(type)", default: 0] += 1
            return state.counts["\(name)/\(type)"] ?? 0
        }
        let query = Query(
            name: name, type: type, overTCP: port == nil, port: port ?? 0, ordinal: ordinal, octets: octets,
            questionEnd: at + 5)
        switch answer(query) {
        case .records(let records): return Wire.response(query, records)
        case .sections(let answers, let authority, let code):
            return Wire.response(query, answers, authority, rcode: code)
        case .nxdomain(let records): return Wire.response(query, records, rcode: 3)
        case .nodata: return Wire.response(query, [])
        case .rcode(let code): return Wire.response(query, [], rcode: code)
        case .truncated: return Wire.response(query, [], truncated: true)
        case .silence: return nil
        case .raw(let octets): return octets
        }
    }

    /// A UDP and a listening TCP socket on the same port, which the system chooses.
    private static func bindPair() throws -> (Int32, Int32, UInt16) {
        for _ in 0..<50 {
            let udp = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            let tcp = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var buffer: Int32 = 8 << 20
            setsockopt(udp, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, 4)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let bound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                    bind(udp, raw, length) == 0 && getsockname(udp, raw, &length) == 0 && bind(tcp, raw, length) == 0
                        && listen(tcp, 64) == 0
                }
            }
            if bound { return (udp, tcp, UInt16(bigEndian: address.sin_port)) }
            close(udp)
            close(tcp)
        }
        throw POSIXError(.EADDRINUSE)
    }
}

/// The server's thread: polls the sockets, answers, and closes them at the end.
private struct Worker: Sendable {
    let udp: Int32
    let listener: Int32
    let stop: Int32
    /// The port is that of a datagram's sender; nil over TCP.
    let respond: @Sendable (_ octets: [UInt8], _ port: UInt16?) -> [UInt8]?

    func run() {
        var connections: [Int32] = []
        while true {
            var polled = ([udp, listener, stop] + connections).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&polled, nfds_t(polled.count), -1) > 0 else { continue }
            if polled[2].revents != 0 { break }
            if polled[0].revents != 0 { answerDatagram() }
            if polled[1].revents != 0 { connections.append(accept(listener, nil, nil)) }
            for entry in polled[3...] where entry.revents != 0 && !answerStream(entry.fd) {
                close(entry.fd)
                connections.removeAll { $0 == entry.fd }
            }
        }
        for descriptor in connections + [udp, listener, stop] { close(descriptor) }
    }

    private func answerDatagram() {
        var peer = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        var buffer = [UInt8](repeating: 0, count: 4096)
        withUnsafeMutablePointer(to: &peer) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                let count = recvfrom(udp, &buffer, buffer.count, 0, raw, &length)
                guard count > 0, let reply = respond(Array(buffer[..<count]), port(raw)) else { return }
                _ = sendto(udp, reply, reply.count, 0, raw, length)
            }
        }
    }

    private func port(_ address: UnsafePointer<sockaddr>) -> UInt16 {
        address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { UInt16(bigEndian: $0.pointee.sin_port) }
    }

    /// One message with its length before it (RFC 1035 §4.2.2); false when the connection is at its end.
    private func answerStream(_ descriptor: Int32) -> Bool {
        guard let head = readFully(descriptor, 2),
            let octets = readFully(descriptor, Int(head[0]) << 8 | Int(head[1]))
        else { return false }
        guard let reply = respond(octets, nil) else { return true }
        let framed = [UInt8(reply.count >> 8), UInt8(reply.count & 0xff)] + reply
        return write(descriptor, framed, framed.count) == framed.count
    }

    private func readFully(_ descriptor: Int32, _ count: Int) -> [UInt8]? {
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: count)
        while result.count < count {
            let got = read(descriptor, &buffer, count - result.count)
            guard got > 0 else { return nil }
            result += buffer[..<got]
        }
        return result
    }
}
