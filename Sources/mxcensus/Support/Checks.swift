import CensusModel
import CensusStore
import CertificateChain
import DNSLookup
import Foundation
import NIOPosix
import Preflight

/// Wires the checks of `mxcensus doctor` to the modules that know the answers.
enum Checks {
    static func run(
        settings: ScanSettings, trustFile: String?, concurrency: Int, database: DatabaseOptions
    ) async throws -> PreflightReport {
        let resolver = try MailResolver(
            ResolverConfiguration(servers: settings.dnsServers, timeout: .seconds(5), attempts: 2))
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var environment = PreflightEnvironment(
            eventLoopGroup: group, concurrency: concurrency,
            ehloName: settings.ehloName ?? ProcessInfo.processInfo.hostName,
            port: settings.port, policy: settings.policy,
            lookUp: { name in await lookUp(name, resolver, settings) },
            reverse: { address in await ReverseLookup.names(of: address) },
            trustStore: { trustFacts(trustFile) },
            postgres: database.isEmbedded ? { @Sendable in EmbeddedServer.facts() } : nil,
            nameServers: settings.dnsServers.isEmpty ? nil : { @Sendable in await nameServers(resolver) })
        // Well-known hosts say nothing about another port.
        if settings.port != 25 { environment.mailHosts = [] }
        let report = await Preflight.run(environment)
        await resolver.shutdown()
        try await group.shutdownGracefully()
        return report
    }

    /// A server that answers at all is good enough: one of a private DNS may refuse what is not its own.
    private static func nameServers(_ resolver: MailResolver) async -> NameServerFacts {
        let servers = await resolver.check().servers
        return NameServerFacts(
            answering: servers.filter { $0.roundTrip != nil }.map(\.description),
            failing: servers.filter { $0.roundTrip == nil }.map(\.description))
    }

    private static func lookUp(
        _ name: String, _ resolver: MailResolver, _ settings: ScanSettings
    ) async -> DNSCheckAnswer {
        let resolution = await resolver.resolveHost(name, families: settings.families, policy: settings.policy)
        if !resolution.addresses.isEmpty { return .addresses(resolution.addresses) }
        return .failed(resolution.failure?.rawValue ?? resolution.status.rawValue)
    }

    private static func trustFacts(_ file: String?) -> TrustStoreFacts {
        do {
            let store = try TrustStores.load(file)
            return .loaded(roots: store.count, from: file ?? TrustStore.systemPath ?? "the system")
        } catch {
            return .failed("\(error)")
        }
    }
}

extension EmbeddedServer {
    /// Whether a private PostgreSQL can be started here.
    static func facts() -> PostgresFacts {
        do {
            let found = try installation()
            return .found(version: found.version, directory: found.directory)
        } catch {
            return .missing("\(error)")
        }
    }
}

/// Names of an address, asked of the system's resolver.
enum ReverseLookup {
    /// Empty when there is none or DNS failed. Blocks a thread of its own, not the caller's.
    static func names(of address: IPAddress) async -> [String] {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: blockingNames(of: address)) }
        }
    }

    private static func blockingNames(of address: IPAddress) -> [String] {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(address.description, nil, &hints, &list) == 0, let entry = list else { return [] }
        defer { freeaddrinfo(list) }
        var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let status = getnameinfo(
            entry.pointee.ai_addr, entry.pointee.ai_addrlen, &name, socklen_t(name.count), nil, 0, NI_NAMEREQD)
        guard status == 0 else { return [] }
        return [EscapedText.escape(name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) })]
    }
}
