import CensusModel
import CensusStore
import ProbeEngine

/// One leased lane: its targets probed at the pace of their network, each observation judged.
struct ProbeWork: Sendable {
    let context: ScanContext
    let budget: ConnectionBudget
    let activity: ActivityCounter

    /// How many connections a lease of `targets` targets may open at once.
    func places(_ targets: Int) -> Int { min(context.settings.limits.connections, targets) }

    /// Probes what it can. Targets that a drain or a lost lease left out are missing from the completion, and so stay
    /// to be done.
    func run(_ lease: LaneLease) async -> LaneCompletion {
        var remaining = lease.targets.count
        var records: [ProbeRecord] = []
        await withTaskGroup(of: ProbeRecord?.self) { group in
            for target in lease.targets { group.addTask { await probe(target, in: lease) } }
            for await record in group {
                if let record { records.append(record) }
                remaining -= 1
                if remaining < context.settings.limits.connections { budget.giveBack(1) }
            }
        }
        return LaneCompletion(lease: lease, records: records)
    }

    private func probe(_ target: LaneTarget, in lease: LaneLease) async -> ProbeRecord? {
        let observation: ProbeObservation?
        do {
            observation = try await context.pacer.withTurn(in: lease.network) { await look(at: target) }
        } catch {
            return nil  // Cancelled or draining before its turn came.
        }
        guard let observation else { return nil }
        let (verdict, evidence) = context.judge.judge(observation)
        activity.add {
            $0.probesDone += 1
            if !verdict.conclusive { $0.inconclusive += 1 }
        }
        return ProbeRecord(
            targetID: target.targetID, hostID: target.hostID, observation: observation, verdict: verdict,
            evidence: evidence,
            next: NextStepRule.next(
                after: verdict, attempt: target.attempt, hasNextAddress: target.hasNextAddress,
                retries: context.settings.retries, retryDelay: context.settings.retryDelay))
    }

    /// One probe; nil when it was cancelled, because what was seen until then says nothing about the host.
    private func look(at target: LaneTarget) async -> ProbeObservation? {
        // Opt-outs and a changed policy are checked again at the last moment.
        guard context.settings.policy.permits(target.address), !Task.isCancelled else { return nil }
        activity.add { $0.probesInFlight += 1 }
        defer { activity.add { $0.probesInFlight -= 1 } }
        let observation = await context.engine.probe(
            ProbeTarget(
                host: DomainName(normalized: target.host), address: target.address, port: context.settings.port))
        return Task.isCancelled ? nil : observation
    }
}
