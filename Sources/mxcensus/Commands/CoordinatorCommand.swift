import ArgumentParser
import CensusCoordinator
import Configuration
import ServiceLifecycle

struct CoordinatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator",
        abstract:
            "Look after scans: plan probes, take back expired leases, end scans, run schedules. Runs until it is stopped.",
        discussion: """
            Any number may run: one leads, another takes over within seconds when it vanishes. Workers go on while none \
            runs. Each setting is taken from its flag, else from the environment (MXCENSUS_LEAD_SECONDS for leadSeconds), \
            else from the file.

            Examples:
              MXCENSUS_DATABASE_URL=postgresql://census@db.example.org/census mxcensus coordinator
              mxcensus coordinator --print-config
            """)

    @OptionGroup var service: ServiceOptions
    @Option(help: ArgumentHelp("How long it leads without asking again. (default: 6)", valueName: "seconds"))
    var leadSeconds: Double?

    func run() async throws {
        let key = SettingKey("leadSeconds")
        let flags = leadSeconds.map { [key.name: ConfigValue(.double($0), isSecret: false)] } ?? [:]
        let sources = try await service.sources(flags: flags, keys: [key])
        let settings = try ServiceSettings(sources)
        let lead = try sources.double(key, default: 6, in: 1...60)
        if service.printConfig { return SettingLine.show(settings.report + [SettingLine(key, lead)]) }
        try await StoreService.run(settings, label: "coordinator") { store, logger in
            let coordinator = FleetCoordinator(
                store: store, name: settings.name, logger: logger, leadSeconds: lead.value)
            try await cancelWhenGracefulShutdown { try await coordinator.run() }
            logger.notice("ended")
        }
    }
}
