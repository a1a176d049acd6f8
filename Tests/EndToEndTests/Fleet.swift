import Foundation
import Testing

/// Coordinators and workers on one database. The first letter of a name tells what it is: `c1`, `w3`.
actor Fleet {
    nonisolated let cluster: FleetCluster
    private var members: [String: RunningProgram] = [:]
    /// Those that were told to end, or were killed.
    private var gone: Set<String> = []

    /// How long leases and leading last.
    static let leaseSeconds = 3.0
    static let chaosMembers = ["c1", "c2"] + (1...6).map { "w\($0)" }

    /// A fleet on a database with the schema.
    init(_ cluster: FleetCluster) { self.cluster = cluster }

    deinit { for member in members.values where member.isRunning { member.signal(SIGKILL) } }

    /// Starts a member, again if it was there before.
    ///
    /// - Parameters:
    ///   - arguments: further ones.
    ///   - prefix: a command that runs it, such as one that enters a network namespace.
    ///   - environment: beside the database.
    func start(
        _ name: String, _ arguments: [String] = [], prefix: [String] = [], environment: [String: String] = [:]
    ) throws {
        let seconds = "\(Self.leaseSeconds)"
        let command =
            name.hasPrefix("c")
            ? ["coordinator", "--name", name, "--lead-seconds", seconds]
            : [
                "worker", "--name", name, "--lease-seconds", seconds, "--concurrency", "40", "--database-connections",
                "4",
            ]
        members[name] = try RunningProgram(
            prefix + [MXCensusProgram.url.path] + command + arguments,
            environment: cluster.environment.merging(environment) { $1 })
        gone.remove(name)
    }

    func signal(_ name: String, _ number: Int32) {
        if number == SIGKILL || number == SIGTERM { gone.insert(name) }
        members[name]?.signal(number)
    }

    /// Waits for the end of a member.
    func end(of name: String) async throws -> ProgramResult { try await #require(members[name]).result() }

    func errors(of name: String) -> String { members[name]?.errors ?? "" }

    /// Members that ended although nobody told them to.
    var deserters: [String] {
        members.filter { !gone.contains($0.key) && !$0.value.isRunning }.map {
            "\($0.key): \($0.value.errors.suffix(2000))"
        }
    }

    /// Asks all that are left to end, and waits until they have.
    ///
    /// - Returns: their results.
    func stop() async -> [String: ProgramResult] {
        let left = members.filter { $0.value.isRunning }
        for name in left.keys { signal(name, SIGTERM) }
        var results: [String: ProgramResult] = [:]
        for (name, member) in left { results[name] = await member.result() }
        return results
    }

    /// Runs a command of `mxcensus` on the database.
    nonisolated func run(_ arguments: [String]) async throws -> ProgramResult {
        try await MXCensusProgram.run(arguments, environment: cluster.environment)
    }

    /// Leaves a scan of the lab to the fleet. Repeated while the database is away.
    nonisolated func submit(_ name: String, _ lab: LabSession, _ options: [String]) async throws {
        while true {
            let result = try await run(
                ["scan", lab.place.list, "--name", name, "--detach", "--skip-checks"] + options)
            if result.status == 0 { return }
            try #require(result.status == 1, "\(result.errors)")
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Waits until a scan has the state.
    nonisolated func waitFor(_ state: String, of scan: String) async throws {
        try await cluster.waitUntil("SELECT true FROM census.scan WHERE name = '\(scan)' AND state = '\(state)'")
    }

    /// A finished scan equals the truth, each batch took effect once, and nobody holds anything of it.
    nonisolated func expectTruth(of scan: String, _ lab: LabSession, _ comment: String = "") async throws {
        try await lab.expectTruth(
            domains: try await run(["export", "domains", scan]), probes: try await run(["export", "probes", scan]),
            "\(scan) \(comment)")
        let leftovers = """
            SELECT format('%s resolve batches are %s', count(*), b.state) FROM census.resolve_batch b JOIN s USING (scan_id)
            WHERE b.state <> 'done' GROUP BY b.state
            UNION ALL SELECT format('%s lanes are %s', count(*), l.state) FROM census.lane l JOIN s USING (scan_id)
            WHERE l.state <> 'idle' GROUP BY l.state
            UNION ALL SELECT format('target %s is left', t.id) FROM census.probe_target t JOIN s USING (scan_id)
            UNION ALL SELECT format('host %s is queued', q.host_id) FROM census.probe_queue q JOIN s USING (scan_id)
            UNION ALL SELECT format('host %s has %s final results', r.host_id, count(*) FILTER (WHERE r.final))
            FROM census.probe_result r JOIN s USING (scan_id) GROUP BY r.host_id HAVING count(*) FILTER (WHERE r.final) <> 1
            UNION ALL SELECT format('counted %s of %s domains, %s of %s targets', p.domains_resolved, p.domains, p.targets_done,
              p.targets)
            FROM s, census.scan_progress(s.scan_id) p
            WHERE p.domains_resolved <> p.domains OR p.targets_done <> p.targets
            UNION ALL SELECT format('%s targets were done, %s addresses have a result', (SELECT sum(l.targets_done)
              FROM census.lane l JOIN s USING (scan_id)), count(DISTINCT (r.host_id, r.ordinal)))
            FROM census.probe_result r JOIN s USING (scan_id)
            HAVING count(DISTINCT (r.host_id, r.ordinal)) <> (SELECT sum(l.targets_done) FROM census.lane l JOIN s USING (scan_id))
            """
        let found = try await cluster.sql(
            "WITH s AS (SELECT id AS scan_id FROM census.scan WHERE name = '\(scan)') \(leftovers)")
        #expect(found == "", "\(scan) \(comment)")
    }
}

/// Settings of scans whose workers vanish and are stopped: hosts of the lab give up idle clients before the network is
/// contacted again.
enum FleetPace {
    static let rate = 20.0
    static let connections = 2
    /// Slow hosts of the lab are faster than usual, so that leases of lanes with them last less long.
    static let lab = ["--wait-factor", "0.2", "--idle-timeout", "14"]

    static func options(_ lab: LabSession) -> [String] {
        [
            "--dns", lab.place.dns, "--port", "\(lab.place.smtpPort)", "--trust-file", lab.place.trustFile,
            "--allow-network", "127.0.0.0/8", "--allow-network", "::1/128", "--dns-timeout", "15", "--connect-timeout",
            "4", "--greeting-timeout", "10", "--step-timeout", "10", "--total-timeout", "30", "--rate", "\(rate)",
            "--connections", "\(connections)", "--retries", "1", "--retry-delay", "1", "--reclaim-rest", "15",
        ]
    }
}
