import CMXClock
import CensusModel

import struct Foundation.Date

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Readings of this machine. None of them sends anything.
enum SystemReadings {
    /// RLIMIT_NOFILE; zeroes in the unlikely case that the kernel does not say.
    static func descriptorLimit() -> DescriptorLimit {
        var limit = rlimit()
        guard getrlimit(openFiles, &limit) == 0 else { return DescriptorLimit(soft: 0, hard: 0) }
        return DescriptorLimit(soft: UInt64(limit.rlim_cur), hard: UInt64(limit.rlim_max))
    }

    static func clock() -> ClockReading {
        var error = 0
        let state = cmx_clock_synchronised(&error)
        return ClockReading(
            now: Date(), synchronised: state < 0 ? nil : state == 1, maximumErrorMicroseconds: state < 0 ? nil : error)
    }

    /// Connects a UDP socket to an address of a root name server, which sends no packet: the kernel only looks for a route and
    /// a source address.
    static func sourceTowardsIPv6() -> IPAddress? {
        guard case .v6(let high, let low)? = IPAddress("2001:500:2f::f") else { return nil }
        let descriptor = socket(AF_INET6, datagram, 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var remote = sockaddr_in6()
        remote.sin6_family = sa_family_t(AF_INET6)
        remote.sin6_port = in_port_t(53).bigEndian
        withUnsafeMutableBytes(of: &remote.sin6_addr) { bytes in
            bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
            bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let connected = withUnsafePointer(to: remote) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
        }
        guard connected == 0 else { return nil }
        var local = sockaddr_in6()
        let named = withUnsafeMutablePointer(to: &local) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard named == 0 else { return nil }
        return withUnsafeBytes(of: local.sin6_addr) { IPAddress(bytes: Array($0)) }
    }

    #if canImport(Glibc)
        fileprivate static let openFiles = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        private static let datagram = Int32(SOCK_DGRAM.rawValue)
    #else
        fileprivate static let openFiles = RLIMIT_NOFILE
        private static let datagram = SOCK_DGRAM
    #endif
}

/// Raises this process's soft limit on open files to the hard one, and returns what is in force afterwards.
@discardableResult
public func raiseDescriptorLimit() -> DescriptorLimit {
    var limit = rlimit()
    if getrlimit(SystemReadings.openFiles, &limit) == 0, limit.rlim_cur < limit.rlim_max {
        limit.rlim_cur = limit.rlim_max
        // Where it is refused the limit stays as it was, which the returned value tells.
        _ = setrlimit(SystemReadings.openFiles, &limit)
    }
    return SystemReadings.descriptorLimit()
}
