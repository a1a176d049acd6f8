import CensusModel
import CensusStore
import DomainNames
import Logging

/// Leases resolve batches while there is room for their domains, and serves several at once.
struct ResolveLoop: Sendable {
    let session: WorkerSession

    func run() async throws {
        try await withThrowingTaskGroup(of: Int.self) { group in
            var domainsHeld = 0
            while !session.owner.isDraining, !Task.isCancelled {
                if let lease = try await nextBatch(domainsHeld: domainsHeld) {
                    domainsHeld += lease.domains.count
                    group.addTask {
                        try await serve(lease)
                        return lease.domains.count
                    }
                } else if domainsHeld > 0, let done = try await group.next() {
                    domainsHeld -= done
                } else {
                    try await session.idle()
                }
            }
            try await group.waitForAll()
        }
    }

    private func nextBatch(domainsHeld: Int) async throws -> ResolveLease? {
        guard domainsHeld < session.settings.resolveConcurrency else { return nil }
        return try await StoreRetry.run(logger: session.logger) {
            try await session.store.leaseResolve(session.worker, max: 1).first
        }
    }

    private func serve(_ lease: ResolveLease) async throws {
        do {
            let context = try await session.owner.contexts.context(for: lease.scanID)
            let work = ResolveWork(
                context: context, rules: session.owner.contactRules, suffixes: .system,
                activity: session.owner.activityCounter)
            guard let domains = await work.domains(lease) else { return }
            // What other batches have brought stays as they found it.
            let names = Set(domains.flatMap { $0.resolution.mx.map(\.host) })
            let newNames = try await StoreRetry.run(logger: session.logger) {
                try await session.store.newHosts(of: lease.scanID, among: Array(names))
            }
            guard let hosts = await work.hosts(newNames) else { return }
            // What was looked up before and after a stop that outlived the lease says nothing: deadlines ran out meanwhile.
            guard session.clock.holds else { throw LeaseExpired() }
            try await StoreRetry.run(logger: session.logger) {
                try await session.store.completeResolve(lease, domains: domains, hosts: hosts)
            }
        } catch is LeaseLost {
            session.logger.notice("lease lost; the batch is left to its new holder")
        } catch let error as StoreError {
            // A batch that the database refuses must not stop the others: it is tried again, and ends as dead.
            session.logger.error("batch failed", metadata: ["batch": "\(lease.batchID)", "error": "\(error)"])
            try await StoreRetry.run(logger: session.logger) {
                try await session.store.failResolve(lease, error: "\(error)")
            }
        }
    }
}
