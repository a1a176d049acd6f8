import CensusModel
import CensusStore
import Logging
import PostgresClient
import ServiceLifecycle

/// A service that works on a store: it waits for the database to be there, and closes everything at its end.
struct StoreService: Service {
    let settings: ServiceSettings
    let logger: Logger
    /// Runs until the service is told to end, or cancelled.
    let body: @Sendable (Store) async throws -> Void

    func run() async throws {
        switch settings.place {
        case .server(let connection):
            guard let store = try await open(connection) else { return }
            try await use(store)
        case .embedded(let folder):
            let server = try await EmbeddedServer.start(dataDirectory: folder)
            do {
                try await use(
                    try await Store.open(server.settings, connections: settings.connections, migrating: true))
            } catch {
                try await server.stop()
                throw error
            }
            try await server.stop()
        }
    }

    private func use(_ store: Store) async throws {
        do {
            try await body(store)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    /// Nil when the service was told to end before the database was there.
    private func open(_ connection: ConnectionSettings) async throws -> Store? {
        do {
            return try await cancelWhenGracefulShutdown {
                var pause = 0.5
                while true {
                    do {
                        return try await Store.open(connection, connections: settings.connections)
                    } catch let error as StoreError where error.isTransient {
                        logger.warning("the database is not there yet; trying again", metadata: ["error": "\(error)"])
                        try await Task.sleep(for: .seconds(pause))
                        pause = min(pause * 2, 5)
                    }
                }
            }
        } catch is CancellationError {
            return nil
        }
    }

    /// Runs a service until it ends by itself or a signal asks for its end; a second signal ends the process at once.
    static func run(
        _ settings: ServiceSettings, label: String, _ body: @escaping @Sendable (Store, Logger) async throws -> Void
    ) async throws {
        let logger = Log.logger(label, level: settings.logLevel)
        let service = StoreService(settings: settings, logger: logger) { try await body($0, logger) }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: logger))
        _ = try await Interrupts.handling {
            logger.notice("ending; a second signal stops at once")
            await group.triggerGracefulShutdown()
        } _: {
            try await group.run()
        }
    }
}
