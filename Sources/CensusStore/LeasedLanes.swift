import CensusModel
import PostgresClient

extension Store {
    /// The first looks at addresses of leased lanes, by the hosts for which they were made. Asks the database only when there
    /// are any.
    ///
    /// - Parameter hosts: of each scan.
    func firstLooks(_ worker: WorkerID, _ hosts: [Int32: Set<Int64>]) async throws -> [Int64: StoredProbe] {
        var looks: [Int64: StoredProbe] = [:]
        for (scan, hosts) in hosts {
            let rows = try await query(
                "SELECT * FROM census.shared_looks($1, $2, $3)",
                [Parameter(worker), Parameter(scan), .array(hosts.sorted())])
            for row in rows {
                let look = try translate {
                    var row = row
                    return try row.nextStoredProbe(weighed: false)
                }
                looks[look.hostID] = look
            }
        }
        return looks
    }
}

/// The answer of `lease_lanes`: one row a target, by lane.
struct LeasedLanes {
    private struct Head {
        let scan: Int32
        let lane, fence: Int64
        let network: CIDR
        let slowdown: Int16
    }

    /// As in `AddressLook`, with the number of the host in the place of its look.
    private struct Known {
        let state: AddressLook.State
        let host: Int64
        let unchecked: Int32
    }

    /// The hosts whose looks are needed, by scan: none for lanes in which nothing is shared.
    private(set) var lookHosts: [Int32: Set<Int64>] = [:]
    private var heads: [Head] = []
    private var targets: [Int64: [LaneTarget]] = [:]
    private var known: [Int64: [IPAddress: Known]] = [:]

    /// Throws when the database holds what this program cannot read.
    init(_ rows: Rows) throws {
        for row in rows {
            var row = row
            let scan: Int32 = try row.next()
            let lane: Int64 = try row.next()
            try addHead(scan, lane, &row)
            guard let target = try row.nextOptional(Int64.self) else { continue }
            let added = try row.nextTarget(target)
            targets[lane]?.append(added)
            guard let state: AddressLook.State = try row.nextOptionalCode("state of an address") else { continue }
            let look = Known(state: state, host: try row.next(), unchecked: try row.next())
            known[lane, default: [:]][added.address] = look
            // What a dependent address showed once is of no use.
            if state != .dependent { lookHosts[scan, default: []].insert(look.host) }
        }
    }

    private mutating func addHead(_ scan: Int32, _ lane: Int64, _ row: inout Row) throws {
        let fence: Int64 = try row.next()
        let inet: Inet = try row.next()
        let slowdown: Int16 = try row.next()
        guard targets[lane] == nil else { return }
        guard let address = IPAddress(bytes: inet.bytes) else { throw StoreError("Lane \(lane) has no network.") }
        let network = CIDR(address, prefixLength: Int(inet.prefixLength))
        heads.append(Head(scan: scan, lane: lane, fence: fence, network: network, slowdown: slowdown))
        targets[lane] = []
    }

    /// - Parameter looks: of `lookHosts`.
    func leases(_ worker: WorkerID, looks: [Int64: StoredProbe]) -> [LaneLease] {
        heads.map { head in
            LaneLease(
                worker: worker, scanID: Int64(head.scan), laneID: head.lane, network: head.network, fence: head.fence,
                slowdown: Int(head.slowdown), targets: targets[head.lane] ?? [],
                looks: (known[head.lane] ?? [:]).mapValues {
                    AddressLook(state: $0.state, unchecked: Int($0.unchecked), first: looks[$0.host])
                })
        }
    }
}

extension Row {
    /// The rest of a row that begins with the number of a target.
    mutating func nextTarget(_ number: Int64) throws -> LaneTarget {
        LaneTarget(
            targetID: number, hostID: try next(), host: try next(), address: try nextAddress(),
            attempt: Int(try next(Int16.self)), hasNextAddress: try next())
    }
}
