import CensusModel
import CensusStore
import DNSLookup
import DomainNames

/// One resolve batch: the mail hosts of its domains, and the addresses of those hosts.
struct ResolveWork: Sendable {
    let context: ScanContext
    let suffixes: PublicSuffixList
    let activity: ActivityCounter

    /// Looks everything up. Returns nil when the task was cancelled on the way: the batch is then handed back whole.
    func run(_ lease: ResolveLease) async -> (domains: [DomainResult], hosts: [HostResult])? {
        let domains = await withTaskGroup(of: DomainResult.self) { group in
            for (id, name) in lease.domains {
                group.addTask {
                    activity.add { $0.domainsInFlight += 1 }
                    let resolution = await context.resolver.resolveDomain(name)
                    activity.add {
                        $0.domainsInFlight -= 1
                        $0.domainsDone += 1
                    }
                    return DomainResult(domainID: id, resolution: resolution)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        if Task.isCancelled { return nil }
        let names = Set(domains.flatMap { $0.resolution.mx.map(\.host) })
        let hosts = await withTaskGroup(of: HostResult.self) { group in
            for name in names { group.addTask { await host(name) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        return Task.isCancelled ? nil : (domains, hosts)
    }

    private func host(_ name: String) async -> HostResult {
        let settings = context.settings
        let resolution = await context.resolver.resolveHost(name, families: settings.families, policy: settings.policy)
        return HostResult(
            host: name, resolution: resolution,
            provider: DomainName(normalized: name).map(suffixes.registeredDomain(of:)) ?? "",
            permitted: resolution.addresses.filter(settings.policy.permits))
    }
}
