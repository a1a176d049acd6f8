import ArgumentParser
import CensusStore
import CensusWorker
import Configuration
import Foundation
import Logging
import NIOPosix
import ServiceLifecycle

struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Serve scans: lease batches, look names up, probe, write back. Runs until it is stopped.",
        discussion: """
            A worker needs a database and nothing else. Start as many as you like, anywhere; stop them at will: SIGTERM \
            or Ctrl-C lets probes in flight end and hands the rest back, a second signal stops at once, and kill -9 costs \
            at most what was in flight. Limits of networks hold for all workers together.

            Each setting is taken from its flag, else from the environment (MXCENSUS_LEASE_SECONDS for leaseSeconds), \
            else from the file.

            Examples:
              MXCENSUS_DATABASE_URL=postgresql://census_worker@db.example.org/census mxcensus worker
              mxcensus worker --config /etc/mxcensus/worker.json --print-config
            """)

    @OptionGroup var service: ServiceOptions
    @Option(help: "Most connections open at once. (default: what the file descriptor limit allows, at most 4000)")
    var concurrency: Int?
    @Option(help: "Most domains looked up at once. (default: 16000)")
    var resolveConcurrency: Int?
    @Option(help: ArgumentHelp("How long leases last without renewal. (default: 30)", valueName: "seconds"))
    var leaseSeconds: Double?
    @Option(help: ArgumentHelp("How long a drain waits for probes in flight. (default: 10)", valueName: "seconds"))
    var drainSeconds: Double?
    @Option(help: ArgumentHelp("Name in EHLO for scans that set none. (default: the host name)", valueName: "name"))
    var ehloName: String?

    private static let keys = ["concurrency", "resolveConcurrency", "leaseSeconds", "drainSeconds", "ehloName"].map(
        SettingKey.init)

    private var flags: [String: ConfigValue] {
        var flags: [String: ConfigValue] = [:]
        flags["concurrency"] = concurrency.map { ConfigValue(.int($0), isSecret: false) }
        flags["resolveConcurrency"] = resolveConcurrency.map { ConfigValue(.int($0), isSecret: false) }
        flags["leaseSeconds"] = leaseSeconds.map { ConfigValue(.double($0), isSecret: false) }
        flags["drainSeconds"] = drainSeconds.map { ConfigValue(.double($0), isSecret: false) }
        flags["ehloName"] = ehloName.map { ConfigValue(.string($0), isSecret: false) }
        return flags
    }

    func run() async throws {
        let sources = try await service.sources(flags: flags, keys: Self.keys)
        let common = try ServiceSettings(sources)
        let asked = try sources.int(SettingKey("concurrency"), default: nil, in: 1...100_000)
        let lookups = try sources.int(SettingKey("resolveConcurrency"), default: 16_000, in: 1...1_000_000)
        let lease = try sources.double(SettingKey("leaseSeconds"), default: 30, in: 1...3600)
        let drain = try sources.double(SettingKey("drainSeconds"), default: 10, in: 0...3600)
        let ehlo = try sources.string(SettingKey("ehloName"))
        if let ehlo, !ProbeOptions.isEHLOName(ehlo.value) {
            throw UsageError("\(ehlo.origin): '\(ehlo.value)' is no host name: letters, digits, dots and hyphens only.")
        }
        let concurrency = Setting<Int?>(
            value: FileDescriptors.concurrency(asked: asked.value),
            origin: asked.value == nil ? "default for this machine" : asked.origin)
        if service.printConfig {
            return SettingLine.show(
                common.report + [
                    SettingLine(SettingKey("concurrency"), concurrency),
                    SettingLine(SettingKey("resolveConcurrency"), lookups),
                    SettingLine(SettingKey("leaseSeconds"), lease), SettingLine(SettingKey("drainSeconds"), drain),
                    SettingLine(SettingKey("ehloName"), ehlo),
                ])
        }
        let settings = WorkerSettings(
            name: common.name, concurrency: concurrency.value ?? 1, resolveConcurrency: lookups.value ?? 16_000,
            leaseSeconds: lease.value, drainSeconds: drain.value)
        try await Self.serve(common, settings, hostName: ehlo?.value ?? ProcessInfo.processInfo.hostName)
    }

    private static func serve(_ common: ServiceSettings, _ settings: WorkerSettings, hostName: String) async throws {
        try await StoreService.run(common, label: "worker") { store, logger in
            let group = MultiThreadedEventLoopGroup(numberOfThreads: ProcessInfo.processInfo.activeProcessorCount)
            let worker = Worker(store: store, settings: settings, group: group, hostName: hostName, logger: logger)
            logger.notice("serving", metadata: ["name": "\(settings.name)", "concurrency": "\(settings.concurrency)"])
            let reporting = Task { await report(worker, logger) }
            defer { reporting.cancel() }
            try await withGracefulShutdownHandler {
                try await worker.run()
            } onGracefulShutdown: {
                worker.drain()
            }
            try await group.shutdownGracefully()
            logger.notice(
                "ended; nothing is held any more",
                metadata: [
                    "probes": "\(worker.activity.probesDone)", "shared": "\(worker.activity.hostsShared)",
                ])
        }
    }

    /// A line now and then, as long as something happens.
    private static func report(_ worker: Worker, _ logger: Logger) async {
        var last = worker.activity
        while (try? await Task.sleep(for: .seconds(30))) != nil {
            let now = worker.activity
            if now.probesDone != last.probesDone || now.domainsDone != last.domainsDone {
                logger.info(
                    "working",
                    metadata: [
                        "probes": "\(now.probesDone)",
                        "probes_per_second": "\((now.probesDone - last.probesDone) / 30)",
                        "domains": "\(now.domainsDone)", "in_flight": "\(now.probesInFlight)",
                    ])
            }
            last = now
        }
    }
}
