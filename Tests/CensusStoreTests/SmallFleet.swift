import CensusModel
import PostgresClient

@testable import CensusStore

/// Several workers and one coordinator on one scan, each with connections of its own.
enum SmallFleet {
    /// Scans `domains` domains with one MX host each, to the end.
    ///
    /// - Parameters:
    ///   - admin: imports, creates, plans and finishes.
    ///   - workers: lease and complete.
    static func scan(_ domains: Int, admin: Store, workers: [Store]) async throws -> ScanInfo {
        let scan = try await admin.makeScan((1...domains).map { "d\($0).example" })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for store in workers { group.addTask { try await work(store, scan.id, admin) } }
            try await group.waitForAll()
        }
        return scan
    }

    private static func work(_ store: Store, _ scan: Int64, _ admin: Store) async throws {
        _ = try await store.scanDefinition(scan)
        let worker = try await store.register()
        while try await !admin.finishIfComplete(scan) {
            for lease in try await store.leaseResolve(worker, max: 2) {
                try await store.complete(lease, answer: answer, host: host)
            }
            _ = try await admin.planProbes(scan)
            _ = try await store.heartbeat(worker)
            let lanes = try await store.leaseLanes(worker, maxLanes: 2, maxTargetsPerLane: 10)
            _ = try await store.completeLanes(lanes.map { completion($0) })
        }
        try await store.retireWorker(worker)
    }

    private static func answer(_ domain: String) -> DomainResolution {
        .init(status: .mx, mx: [MXRecord(preference: 10, host: "mx.\(domain)")])
    }

    /// Sixteen networks.
    private static func host(_ name: String) -> HostResult {
        let number = UInt32(name.dropFirst(4).prefix { $0 != "." }) ?? 0
        return resolvedHost(name, [.v4(0xc000_0000 + number % 16 << 8 + number / 16)])
    }
}
