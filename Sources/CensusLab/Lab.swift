import CensusModel
import Foundation
import NIOConcurrencyHelpers
import NIOPosix

/// A running laboratory Internet: DNS server and SMTP farm of one configuration. May be used from any thread.
public final class Lab: Sendable {
    private struct Running {
        let dns: DNSServer
        let farm: SMTPFarm
        let loops: Loops
    }

    /// DNS has a thread of its own: behind the handshakes of the farm, its answers would come after the scanner's deadline.
    private struct Loops {
        let dns = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let farm: MultiThreadedEventLoopGroup

        func shutdown() async throws {
            try await farm.shutdownGracefully()
            try await dns.shutdownGracefully()
        }
    }

    /// The address space that a scanner of the lab must be allowed to contact.
    public static let networks: [CIDR] = [
        CIDR(.v4(0x7f00_0000), prefixLength: 8), CIDR(.v6(0, 1), prefixLength: 128),
    ]

    /// As given.
    public let configuration: LabConfiguration
    private let services: FarmServices
    private let authorities: LabAuthorities
    private let running = NIOLockedValueBox<Running?>(nil)

    /// Works out the world and makes the authorities; nothing listens yet. Certificates are dated relative to this call.
    /// Throws `LabError.configuration` and `LabError.file` (the connection log).
    public init(configuration: LabConfiguration) throws {
        self.configuration = configuration
        guard let address = IPAddress(configuration.dnsAddress), Self.networks[0].contains(address) else {
            throw LabError.configuration("the DNS address \(configuration.dnsAddress) is not in 127.0.0.0/8")
        }
        let world = try LabWorld(configuration)
        let now = Date()
        authorities = try LabAuthorities(seed: configuration.seed, now: now)
        let mint = try CertificateMint(authorities: authorities, mixer: world.mixer, now: now)
        let log = try configuration.connectionLog.map {
            try ConnectionLog(path: $0, limit: configuration.connectionLogLimit)
        }
        services = FarmServices(
            world: world, contexts: ContextCache(world: world, mint: mint, capacity: configuration.contextCacheSize),
            log: log, slowRange: configuration.slowGreeting, waits: configuration.waits,
            latency: configuration.latency, idleTimeout: configuration.idleTimeout)
    }

    /// Binds the ports. Throws `LabError.listen`; nothing listens then. Does nothing when the lab runs already.
    public func start() async throws {
        guard running.withLockedValue({ $0 == nil }) else { return }
        try services.makeKeys()
        let loops = Loops(farm: MultiThreadedEventLoopGroup(numberOfThreads: max(1, configuration.threads)))
        do {
            let dns = try await DNSServer.start(
                address: configuration.dnsAddress, port: configuration.dnsPort, world: services.world, group: loops.dns)
            do {
                let farm = try await SMTPFarm.start(port: configuration.smtpPort, services: services, group: loops.farm)
                running.withLockedValue { $0 = Running(dns: dns, farm: farm, loops: loops) }
            } catch {
                await dns.shutdown()
                throw error
            }
        } catch {
            try await loops.shutdown()
            throw error
        }
    }

    /// Closes every port and connection. Throws `LabError.file` when the connection log is incomplete.
    public func shutdown() async throws {
        let parts = running.withLockedValue { value in
            defer { value = nil }
            return value
        }
        guard let parts else { return }
        await parts.dns.shutdown()
        await parts.farm.shutdown()
        try await parts.loops.shutdown()
        try services.log?.flush()
    }

    /// The port of the DNS server, UDP and TCP: the configured one until `start()`.
    public var dnsPort: Int { running.withLockedValue { $0?.dns.port } ?? configuration.dnsPort }

    /// The port of all mail servers: the configured one until `start()`.
    public var smtpPort: Int { running.withLockedValue { $0?.farm.port } ?? configuration.smtpPort }

    /// `ADDRESS:PORT` of the DNS server, as `--dns` takes it.
    public var dnsServer: String { "\(configuration.dnsAddress):\(dnsPort)" }

    /// The authority that a scanner must trust, as PEM. Its key follows from the seed.
    public var trustPEM: String {
        get throws { try authorities.trustPEM }
    }

    /// Writes `trustPEM` to a file. Throws `LabError.file`.
    public func writeTrustFile(_ path: String) throws {
        do {
            try Data(trustPEM.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw LabError.file("cannot write the trust file \(path): \(error)")
        }
    }

    /// Connections that the farm has accepted since it was made, by behaviour; those without any left out.
    public func connections() -> [(behaviour: String, count: Int)] {
        zip(Behaviour.all, services.connections).filter { $1 > 0 }.map { ($0.name, $1) }
    }

    /// The first thing that the lab itself could not do (make a certificate, for example); nil while all is well.
    public var problem: String? { services.firstProblem }
}

extension LabWorld {
    init(_ configuration: LabConfiguration) throws {
        try self.init(
            profile: configuration.profile, scale: configuration.scale, seed: configuration.seed,
            hostsPerNetwork: configuration.hostsPerNetwork)
    }
}
