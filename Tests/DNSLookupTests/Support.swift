import CensusModel
import DNSLookup
import Testing

/// Runs `body` with a server that plays `answer` and a resolver that asks it.
func withServer(
    _ configuration: ResolverConfiguration = .quick(),
    _ answer: @escaping @Sendable (ScriptedServer.Query) -> ScriptedServer.Reply,
    asking body: (MailResolver, ScriptedServer) async throws -> Void
) async throws {
    let server = try ScriptedServer(answer)
    defer { server.stop() }
    var configuration = configuration
    configuration.servers = [server.address]
    let resolver = try MailResolver(configuration)
    try await body(resolver, server)
    await resolver.shutdown()
}

extension ResolverConfiguration {
    /// Retries almost at once, validates nothing.
    static func quick(
        timeout: Duration = .seconds(30), attempts: Int = 3, maxInFlight: Int = 2000
    ) -> ResolverConfiguration {
        ResolverConfiguration(
            timeout: timeout, attempts: attempts, retryDelay: .milliseconds(1), maxInFlight: maxInFlight,
            validateDNSSEC: false)
    }
}

extension MailResolver {
    func domain(_ name: String) async -> DomainResolution {
        guard let name = DomainName(normalized: name) else {
            Issue.record("the test asks for “\(name)”, which is no name")
            return DomainResolution(status: .invalidName)
        }
        return await resolveDomain(name)
    }

    func host(
        _ host: String, _ families: AddressFamilies = .both, allowed: [CIDR] = []
    ) async -> HostResolution {
        await resolveHost(host, families: families, policy: ContactPolicy(allowed: allowed))
    }
}

extension DomainResolution {
    var hosts: [String] { mx.map { "\($0.preference) \($0.host)" } }
}

let typeA = 1, typeMX = 15, typeAAAA = 28, typeDNSKEY = 48
