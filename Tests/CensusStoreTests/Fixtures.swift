import CensusModel
import CensusSQL
import Foundation
import PostgresClient

@testable import CensusStore

/// Settings under which lanes are ready again at once, and batches are small.
let quickSettings = ScanSettings(
    limits: NetworkLimits(rate: 1_000_000, connections: 4), retries: 2, retryDelay: 0, resolveBatchSize: 3,
    reclaimRest: 5)

func name(_ text: String) -> DomainName {
    guard let name = DomainName(normalized: text) else { preconditionFailure("no domain name: \(text)") }
    return name
}

func address(_ text: String) -> IPAddress {
    guard let address = IPAddress(text) else { preconditionFailure("no address: \(text)") }
    return address
}

extension Connection {
    /// Gives an empty database the schema as an older program had it.
    func migrate(through version: Int) async throws {
        try await run(script: EmbeddedSQL.migrationTable)
        for migration in EmbeddedSQL.migrations.prefix(version) {
            try await query(
                "INSERT INTO census.migration (version, name) VALUES ($1, $2)",
                [Parameter(migration.version), Parameter(migration.name)])
            try await run(script: migration.script)
        }
    }
}

extension Store {
    /// Imports `domains` in one piece.
    @discardableResult
    func importDomains(_ list: String, _ domains: [(String, Double)]) async throws -> ImportedList {
        var pieces = [domains.map { ListedDomain(name: name($0.0), weight: $0.1) }]
        return try await importList(list) { pieces.popLast() }
    }

    /// A scan of `domains`, all of weight 1.
    func makeScan(_ domains: [String], name: String = "scan", settings: ScanSettings = quickSettings) async throws
        -> ScanInfo
    {
        try await importDomains("list", domains.map { ($0, 1) })
        return try await createScan(name: name, list: "list", settings: settings, trustStorePEM: [1, 2, 3])
    }

    func register(_ name: String = "worker") async throws -> WorkerID {
        try await registerWorker(name: name, leaseSeconds: 30).worker
    }

    /// Resolves everything that is ready: each domain by `answer`, each host by `host`.
    func resolveAll(
        _ worker: WorkerID, answer: (String) -> DomainResolution, host: (String) -> HostResult
    ) async throws {
        while let lease = try await leaseResolve(worker, max: 1).first {
            try await complete(lease, answer: answer, host: host)
        }
    }

    func complete(
        _ lease: ResolveLease, answer: (String) -> DomainResolution, host: (String) -> HostResult
    ) async throws {
        let domains = lease.domains.map { DomainResult(domainID: $0.id, resolution: answer($0.name.text)) }
        let names = Set(domains.flatMap { $0.resolution.mx.map(\.host) })
        let hosts = try await newHosts(of: lease.scanID, among: Array(names)).map(host)
        try await completeResolve(lease, domains: domains, hosts: hosts)
    }

    /// A scan whose every host `mxN.example.net` is one domain's only MX, resolved and planned.
    /// - Parameter addresses: of host number N.
    func makePlannedScan(
        hosts: Int, name: String = "scan", settings: ScanSettings = quickSettings,
        addresses: @escaping (Int) -> [IPAddress] = { [.v4(0xc000_0200 + UInt32($0 % 256))] }
    ) async throws -> (scan: ScanInfo, worker: WorkerID) {
        let scan = try await makeScan((1...hosts).map { "d\($0).example" }, name: name, settings: settings)
        let worker = try await register()
        try await resolveAll(
            worker,
            answer: {
                .init(
                    status: .mx,
                    mx: [MXRecord(preference: 10, host: "mx\($0.dropFirst().prefix { $0 != "." }).example.net")])
            },
            host: { host in resolvedHost(host, addresses(Int(host.dropFirst(2).prefix { $0 != "." }) ?? 0)) })
        _ = try await planProbes(scan.id)
        return (scan, worker)
    }

    /// The only number that a statement returns.
    func value(_ sql: String) async throws -> Int64 {
        try await number(sql)
    }

    /// Lets the leases of a worker run out, as the database's clock would.
    func expire(_ worker: WorkerID) async throws {
        try await query(
            "UPDATE census.worker SET lease_until = now() - interval '1 ms' WHERE id = $1", [Parameter(worker)])
    }

    /// Lets the rest of all networks, and the waiting time of all targets, be over.
    func passTime() async throws {
        try await query("UPDATE census.probe_target SET not_before = now()")
        try await query("UPDATE census.lane SET rest_until = now() WHERE rest_until > now()")
        try await query("UPDATE census.lane SET ready_at = now() WHERE state = 'ready'")
        try await query("UPDATE census.resolve_batch SET ready_at = now() WHERE state = 'ready'")
    }
}

func resolvedHost(
    _ host: String, _ addresses: [IPAddress], permitted: [IPAddress]? = nil, status: HostStatus = .ok,
    provider: String = "example.net"
) -> HostResult {
    HostResult(
        host: host, resolution: HostResolution(status: status, addresses: addresses), provider: provider,
        permitted: permitted ?? addresses)
}

/// An attempt at `target` with this outcome.
func record(
    _ target: LaneTarget, _ outcome: Outcome = .trusted, conclusive: Bool = true, starttls: Bool? = true,
    findings: [Finding] = [], next: NextStep = .final, chain: [[UInt8]] = [], secondLook: SecondLook? = nil,
    pushedBack: Bool = false, evidence: ChainEvidence? = nil
) -> ProbeRecord {
    var observation = ProbeObservation(
        target: ProbeTarget(host: DomainName(normalized: target.host), address: target.address, port: 25),
        startedAt: Date(timeIntervalSince1970: 1_400_000_000))
    observation.chain = chain
    observation.secondLook = secondLook
    return ProbeRecord(
        targetID: target.targetID, hostID: target.hostID, observation: observation,
        verdict: ProbeVerdict(
            outcome: outcome, findings: findings, conclusive: conclusive, starttls: starttls,
            verified: outcome == .trusted,
            error: nil),
        evidence: evidence, pushedBack: pushedBack, next: next)
}

/// A completion of all targets of a lease with the same outcome.
func completion(
    _ lease: LaneLease, _ outcome: Outcome = .trusted, conclusive: Bool = true, next: NextStep = .final
) -> LaneCompletion {
    LaneCompletion(lease: lease, records: lease.targets.map { record($0, outcome, conclusive: conclusive, next: next) })
}
