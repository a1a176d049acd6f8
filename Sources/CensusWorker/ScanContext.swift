import CensusModel
import CensusStore
import CertificateChain
import DNSLookup
import NIOPosix
import ProbeEngine

/// What serves one scan inside a worker: its resolver, engine, pacer and judge, made from the scan's own settings.
final class ScanContext: Sendable {
    let settings: ScanSettings
    let resolver: MailResolver
    let engine: ProbeEngine
    let pacer: NetworkPacer
    let judge: ObservationJudge

    init(settings: ScanSettings, trustStore: TrustStore, hostName: String, group: MultiThreadedEventLoopGroup) throws {
        self.settings = settings
        resolver = try MailResolver(
            ResolverConfiguration(servers: settings.dnsServers, timeout: .seconds(settings.dnsTimeout)))
        engine = try ProbeEngine(
            settings: ProbeEngineSettings(ehloName: settings.ehloName ?? hostName, timeouts: settings.timeouts),
            eventLoopGroup: group)
        pacer = NetworkPacer(limits: settings.limits)
        judge = ObservationJudge(trustStore: trustStore)
    }

    /// The last lease of the scan is served, and the worker has forgotten it.
    deinit { Task { [resolver] in await resolver.shutdown() } }
}

/// The scans that a worker has met, each prepared once.
actor ScanContexts {
    private let store: Store
    private let group: MultiThreadedEventLoopGroup
    private let hostName: String
    private var contexts: [Int64: Task<ScanContext, any Error>] = [:]

    init(store: Store, group: MultiThreadedEventLoopGroup, hostName: String) {
        self.store = store
        self.group = group
        self.hostName = hostName
    }

    /// The context of `scan`.
    ///
    /// - Throws: a store error, or a setting of the scan that cannot be served here (an unknown DNS server name …).
    func context(for scan: Int64) async throws -> ScanContext {
        if let known = contexts[scan] { return try await known.value }
        let loading = Task { [store, group, hostName] in
            let definition = try await store.scanDefinition(scan)
            return try ScanContext(
                settings: definition.settings, trustStore: TrustStore(pem: definition.trustStorePEM),
                hostName: hostName, group: group)
        }
        contexts[scan] = loading
        do {
            return try await loading.value
        } catch {
            contexts[scan] = nil
            throw error
        }
    }

    /// The scans that are open now.
    var open: [Int64] { Array(contexts.keys) }

    /// Lets no further probe begin in these scans, and forgets them: should one go on later, it is prepared anew.
    func forget(_ scans: [Int64]) async {
        for scan in scans {
            guard let context = contexts.removeValue(forKey: scan) else { continue }
            try? await context.value.pacer.drain()
        }
    }

    /// Lets no further probe begin in any scan; those in flight go on.
    func drain() async {
        for context in contexts.values { try? await context.value.pacer.drain() }
    }

    func shutdown() async {
        for context in contexts.values { try? await context.value.resolver.shutdown() }
        contexts = [:]
    }
}
