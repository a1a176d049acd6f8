import CensusModel
import CensusStore
import DNSLookup
import DomainNames

/// The lookups of one resolve batch: the mail hosts of its domains, and the addresses of those hosts.
struct ResolveWork: Sendable {
    let context: ScanContext
    let rules: ContactRules
    let suffixes: PublicSuffixList
    let activity: ActivityCounter

    /// Where the mail of the batch's domains goes. Nil when the task was cancelled on the way: the batch is then handed
    /// back whole.
    func domains(_ lease: ResolveLease) async -> [DomainResult]? {
        let domains = await withTaskGroup(of: DomainResult.self) { group in
            for (id, name) in lease.domains {
                group.addTask {
                    activity.add { $0.domainsInFlight += 1 }
                    let resolution = await domain(name)
                    activity.add {
                        $0.domainsInFlight -= 1
                        $0.domainsDone += 1
                    }
                    return DomainResult(domainID: id, resolution: resolution)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        return Task.isCancelled ? nil : domains
    }

    /// The addresses of MX hosts. Nil when the task was cancelled on the way.
    func hosts(_ names: [String]) async -> [HostResult]? {
        let hosts = await withTaskGroup(of: HostResult.self) { group in
            for name in names { group.addTask { await host(name) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        return Task.isCancelled ? nil : hosts
    }

    private func domain(_ name: DomainName) async -> DomainResolution {
        if rules.optOuts.covers(name.text) { return DomainResolution(status: .optedOut, dnssec: .indeterminate) }
        return await context.resolver.resolveDomain(name)
    }

    private func host(_ name: String) async -> HostResult {
        let settings = context.settings
        let provider = DomainName(normalized: name).map(suffixes.registeredDomain(of:)) ?? ""
        if rules.optOuts.covers(name) {
            let barred = HostResolution(status: .optedOut, dnssec: .indeterminate)
            return HostResult(host: name, resolution: barred, provider: provider, permitted: [])
        }
        let resolution = await context.resolver.resolveHost(name, families: settings.families, policy: settings.policy)
        let allowed = rules.apply(to: resolution, policy: settings.policy)
        return HostResult(
            host: name, resolution: allowed.resolution, provider: provider, permitted: allowed.permitted)
    }
}
