import CensusModel
import PostgresClient

/// What workers need. Each call is one call of a function of the schema: see sql/migrations/V0004__batches.sql for what
/// a lease is, and what can and cannot happen to it.
extension Store {
    /// Registers a new incarnation of a worker.
    ///
    /// - Parameters:
    ///   - name: for people.
    ///   - leaseSeconds: how long its leases last without a heartbeat.
    /// - Throws: `StoreError`.
    public func registerWorker(name: String, leaseSeconds: Double) async throws -> WorkerLease {
        let rows = try await query(
            "SELECT * FROM census.register_worker($1, $2)", [Parameter(name), Parameter(leaseSeconds)])
        return try translate {
            var row = try rows.one()
            return WorkerLease(worker: try row.next(), remaining: .seconds(try row.next(Double.self)))
        }
    }

    /// Renews all leases of a worker.
    ///
    /// - Throws: `LeaseLost` when they were taken back; `StoreError`.
    public func heartbeat(_ worker: WorkerID) async throws -> WorkerLease {
        let rows = try await query("SELECT census.heartbeat($1)", [Parameter(worker)])
        return try translate {
            var row = try rows.one()
            return WorkerLease(worker: worker, remaining: .seconds(try row.next(Double.self)))
        }
    }

    /// Leases up to `max` resolve batches of running scans; empty when none is ready.
    ///
    /// - Throws: `LeaseLost` when the worker has no leases any more; `StoreError`.
    public func leaseResolve(_ worker: WorkerID, max: Int) async throws -> [ResolveLease] {
        let rows = try await leasing(worker) { number, unanswered in
            try await self.query(
                "SELECT * FROM census.lease_resolve($1, $2, $3, $4)",
                [Parameter(worker), Parameter(Int32(clamping: max)), Parameter(number), .array(unanswered)])
        }
        return try translate { try Self.resolveLeases(rows, worker: worker) }
    }

    /// Those of `names` that the scan does not know yet as MX hosts, in any order.
    ///
    /// - Throws: `StoreError`.
    public func newHosts(of scan: Int64, among names: [String]) async throws -> [String] {
        let rows = try await query("SELECT census.new_hosts($1, $2)", [.scan(scan), .array(names)])
        return try translate {
            var row = try rows.one()
            return try row.nextArray(of: String.self)
        }
    }

    /// Writes the results of a resolve batch and ends it.
    ///
    /// - Parameters:
    ///   - domains: one for each domain of the lease.
    ///   - hosts: one for each MX host that these name and the scan does not know: see `newHosts`. One that it came to know
    ///     meanwhile is left as it is.
    /// - Throws: `LeaseLost`: nothing was written; `StoreError`.
    public func completeResolve(_ lease: ResolveLease, domains: [DomainResult], hosts: [HostResult]) async throws {
        let types = try await recordTypes()
        try await query(
            "SELECT census.complete_resolve($1, $2, $3, $4, $5, $6)",
            [
                .scan(lease.scanID), Parameter(Int32(clamping: lease.batchID)), Parameter(lease.worker),
                Parameter(lease.fence), types.domainAnswer.array(domains) { $1.add($0) },
                types.hostAnswer.array(hosts) { $1.add($0) },
            ])
    }

    /// Gives a resolve batch back with an error: it is tried again later, and given up after a few times.
    ///
    /// - Throws: `LeaseLost`; `StoreError`.
    public func failResolve(_ lease: ResolveLease, error: String) async throws {
        try await query(
            "SELECT census.fail_resolve($1, $2, $3, $4, $5)",
            [
                .scan(lease.scanID), Parameter(Int32(clamping: lease.batchID)), Parameter(lease.worker),
                Parameter(lease.fence), Parameter(error),
            ])
    }

    /// Leases up to `maxLanes` lanes of running scans, biggest first, each with up to `maxTargetsPerLane` of its due
    /// targets; empty when none is ready.
    ///
    /// - Throws: `LeaseLost` when the worker has no leases any more; `StoreError`.
    public func leaseLanes(_ worker: WorkerID, maxLanes: Int, maxTargetsPerLane: Int) async throws -> [LaneLease] {
        try await leasing(worker) { number, unanswered in
            let rows = try await self.query(
                "SELECT * FROM census.lease_lanes($1, $2, $3, $4, $5)",
                [
                    Parameter(worker), Parameter(Int32(clamping: maxLanes)),
                    Parameter(Int32(clamping: maxTargetsPerLane)),
                    Parameter(number), .array(unanswered),
                ])
            let leased = try self.translate { try LeasedLanes(rows) }
            return leased.leases(worker, looks: try await self.firstLooks(worker, leased.lookHosts))
        }
    }

    /// Writes what a lease has found so far and goes on with it. Safe to repeat: what is written already is not written again.
    ///
    /// - Parameters:
    ///   - found: what was found since the lease began or was last gone on with.
    ///   - held: targets of the lease that are still to be done, one at least.
    ///   - max: so many further targets at most.
    /// - Returns: further targets that are due. None when there are none, when a longer lane or another scan waits, or when
    ///   the scan does not run: then the lease is to be completed.
    /// - Throws: `LeaseLost`: nothing was written; `StoreError`.
    public func continueLane(_ found: LaneCompletion, held: [Int64], max: Int) async throws -> [LaneTarget] {
        let types = try await recordTypes()
        let batch = ProbeBatch([found], recordType: types.probe, certificateType: types.certificate)
        let rows = try await query(
            "SELECT * FROM census.continue_lane($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            [
                .scan(found.lease.scanID), Parameter(found.lease.worker), Parameter(found.lease.laneID),
                Parameter(found.lease.fence), batch.records, batch.certificates,
                types.withdrawal.array(Self.parts([found], \.withdrawn)) { $1.add($0.part, ofLane: $0.lane) },
                .array(held), Parameter(Int32(clamping: max)),
            ])
        return try translate {
            try rows.map { row in
                var row = row
                return try row.nextTarget(try row.next())
            }
        }
    }

    /// Writes results of lanes and ends their leases: each lane all or nothing.
    ///
    /// - Returns: ids of the lanes whose lease was lost; nothing of those was written.
    /// - Throws: `StoreError`: then none was written, as far as is known.
    public func completeLanes(_ completions: [LaneCompletion]) async throws -> [Int64] {
        let types = try await recordTypes()
        var lost: [Int64] = []
        for (key, group) in Dictionary(grouping: completions, by: { LaneOwner($0.lease) }) {
            let batch = ProbeBatch(group, recordType: types.probe, certificateType: types.certificate)
            let rows = try await query(
                "SELECT census.complete_lanes($1, $2, $3, $4, $5, $6, $7)",
                [
                    .scan(key.scan), Parameter(key.worker),
                    types.laneCompletion.array(group) { completion, fields in
                        fields.add(completion.lease.laneID)
                        fields.add(completion.lease.fence)
                        fields.add(Int16(clamping: completion.slowdown))
                    },
                    batch.records, batch.certificates,
                    types.withdrawal.array(Self.parts(group, \.withdrawn)) { $1.add($0.part, ofLane: $0.lane) },
                    types.lookNote.array(Self.parts(group, \.looks)) { $1.add($0.part, ofLane: $0.lane) },
                ])
            lost += try translate {
                var row = try rows.one()
                return try row.nextArray(of: Int64.self)
            }
        }
        return lost
    }

    /// Hands all leases of a worker back at once. To be called when it has stopped probing.
    ///
    /// - Throws: `StoreError`.
    public func retireWorker(_ worker: WorkerID) async throws {
        _ = try await number("SELECT census.release_worker($1)", [Parameter(worker)])
    }

    /// Parts of all completions, each with its lane.
    private static func parts<Part>(
        _ completions: [LaneCompletion], _ parts: (LaneCompletion) -> [Part]
    ) -> [(lane: Int64, part: Part)] {
        completions.flatMap { completion in parts(completion).map { (completion.lease.laneID, $0) } }
    }

    // MARK: - Reading leases

    private struct LaneOwner: Hashable {
        let scan: Int64
        let worker: WorkerID

        init(_ lease: LaneLease) {
            scan = lease.scanID
            worker = lease.worker
        }
    }

    /// Makes a lease call under a number of its own, and remembers the number when the answer does not come.
    private func leasing<Answer>(
        _ worker: WorkerID, _ call: (_ number: Int64, _ unanswered: [Int64]) async throws -> Answer
    ) async throws -> Answer {
        let (number, unanswered) = leaseRequests.begin(worker)
        do {
            return try await call(number, unanswered)
        } catch {
            leaseRequests.failed(worker, number: number, unanswered: unanswered)
            throw error
        }
    }

    private static func resolveLeases(_ rows: Rows, worker: WorkerID) throws -> [ResolveLease] {
        struct Key: Hashable { let scan, batch: Int32, fence: Int64 }
        var order: [Key] = []
        var domains: [Key: [(id: Int64, name: DomainName)]] = [:]
        for var row in rows {
            let key = Key(scan: try row.next(), batch: try row.next(), fence: try row.next())
            let id: Int64 = try row.next()
            let text: String = try row.next()
            guard let name = DomainName(normalized: text) else {
                throw StoreError("Domain \(id) of the list of scan \(key.scan) is no normalised name: '\(text)'.")
            }
            if domains[key] == nil { order.append(key) }
            domains[key, default: []].append((id, name))
        }
        return order.map { key in
            ResolveLease(
                worker: worker, scanID: Int64(key.scan), batchID: Int64(key.batch), fence: key.fence,
                domains: domains[key] ?? [])
        }
    }
}
