import CensusModel

/// Asks DNS where mail goes. One resolver serves thousands of lookups at once and remembers the answers for hosts.
///
/// All methods may be called from anywhere and suspend without blocking a thread. A lookup is not cancelled with its
/// task: it ends by its own deadline. What is returned after `shutdown` began says nothing about DNS.
public final class MailResolver: Sendable {
    let engine: LookupEngine

    /// Starts a resolver with a thread of its own. Host names of servers are resolved here, by the system, which blocks.
    ///
    /// - Throws: `ResolverError` when a server's name or port is wrong or unknown, the system has no nameserver, or the
    ///   trust anchor cannot be used.
    public init(_ configuration: ResolverConfiguration) throws(ResolverError) {
        engine = try LookupEngine(configuration)
    }

    deinit {
        Task { [engine] in await engine.close() }
    }

    /// Where the mail of `name` goes: MX, implicit MX (RFC 5321 §5.1), null MX (RFC 7505) or nowhere.
    ///
    /// At most 50 exchanges are kept, the most preferred ones.
    public func resolveDomain(_ name: DomainName) async -> DomainResolution {
        guard let wire = WireName(name) else {
            return DomainResolution(status: .invalidName, dnssec: .indeterminate)
        }
        let result = await engine.lookup(Question(name: wire, type: .mx), remember: false)
        switch result {
        case .failure(let failure):
            return DomainResolution(status: .dnsFailure, failure: failure, dnssec: result.dnssec)
        case .answer(let answer) where !answer.exists:
            return DomainResolution(status: .nxdomain, dnssec: answer.dnssec)
        case .answer(let answer) where answer.records.isEmpty:
            let addresses = await addresses(of: wire, .both)
            return MailRules.withoutMX(name, dnssec: answer.dnssec, addresses: addresses)
        case .answer(let answer):
            return MailRules.resolution(of: answer)
                ?? DomainResolution(status: .dnsFailure, failure: .servfail, dnssec: answer.dnssec)
        }
    }

    /// The addresses of an MX host, at most 16: the permitted ones first, IPv4 before IPv6, ascending.
    ///
    /// - Parameters:
    ///   - host: as in `MXRecord.host`.
    ///   - families: only these are asked for.
    ///   - policy: which addresses may be contacted; it decides between `.ok` and `.forbidden`.
    public func resolveHost(_ host: String, families: AddressFamilies, policy: ContactPolicy) async -> HostResolution {
        if let status = MailRules.refusal(of: host) { return HostResolution(status: status, dnssec: .indeterminate) }
        guard let wire = DomainName(normalized: host).flatMap(WireName.init) else {
            return HostResolution(status: .invalidName, dnssec: .indeterminate)
        }
        return MailRules.resolution(of: await addresses(of: wire, families), policy: policy)
    }

    /// Stops the resolver: lookups under way end at once. Safe to repeat.
    public func shutdown() async { await engine.close() }

    /// Asks each server for the root's name servers, and decides whether answers can be validated.
    ///
    /// - Parameter timeout: for each server; all are asked at once.
    public func check(timeout: Duration = .seconds(3)) async -> ResolverHealth {
        let servers = await withTaskGroup { group in
            for (index, server) in engine.servers.enumerated() {
                group.addTask { [engine] in
                    let start = ContinuousClock.now
                    let outcome = await engine.askServers(Question(name: .root, type: .ns), [server], limit: timeout)
                    return (index, ServerHealth(server, outcome, took: ContinuousClock.now - start))
                }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
        return ResolverHealth(servers: servers, validation: ValidationHealth(await engine.decidedValidation()))
    }

    private func addresses(of name: WireName, _ families: AddressFamilies) async -> [LookupResult] {
        async let v4 = families == .ipv6Only ? nil : engine.lookup(Question(name: name, type: .a), remember: true)
        async let v6 = families == .ipv4Only ? nil : engine.lookup(Question(name: name, type: .aaaa), remember: true)
        return [await v4, await v6].compactMap(\.self)
    }
}
