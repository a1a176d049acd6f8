import CensusModel
import CensusStore
import ProbeEngine

/// One leased lane: its targets probed at the pace of their network, each observation judged.
struct ProbeWork: Sendable {
    let context: ScanContext
    let rules: ContactRules
    let budget: ConnectionBudget
    /// Of the leases that are served.
    let clock: LeaseClock
    let activity: ActivityCounter
    /// Nil for a lease that is not gone on with.
    let continuation: LaneContinuation?

    /// How many connections a lease may open at once: fewer when its network is slowed down on the way.
    func places(_ lease: LaneLease) -> Int {
        min(context.pacer.connections(slowdown: lease.slowdown), lease.targets.count)
    }

    /// Probes what it can, and withdraws what may not be dialled any more. Targets that a drain or a lost lease left out are
    /// missing from the completion, and so stay to be done.
    ///
    /// - Throws: what keeps a lease from being gone on with, other than that it is lost.
    func run(_ lease: LaneLease) async throws -> LaneCompletion {
        context.pacer.open(lease.network, slowdown: lease.slowdown)
        do {
            let found = try await serve(lease)
            return found.completion(of: lease, slowdown: context.pacer.close(lease.network))
        } catch {
            _ = context.pacer.close(lease.network)
            throw error
        }
    }

    private func serve(_ lease: LaneLease) async throws -> Found {
        let places = places(lease)
        // What was learnt of shared addresses is written when a lease ends.
        var found = Found(lease, mayContinue: lease.slowdown == 0 && context.settings.sharedLookCheck == nil)
        try await withThrowingTaskGroup(of: SharedAddress.End.self) { group in
            begin(lease, in: &group)
            while let part = try await group.next() {
                if let note = part.note { found.looks.append(note) }
                for end in part.targets {
                    found.add(end)
                    if let continuation, found.mayContinue, found.remaining == continuation.mark(places: places) {
                        for target in try await found.goOn(lease, by: continuation) {
                            group.addTask { SharedAddress.End(targets: [await probe(target, in: lease)]) }
                        }
                    }
                    if found.remaining < places { budget.giveBack(1) }
                }
            }
        }
        return found
    }

    /// What a lease has found and not yet written, and what it still has to do.
    private struct Found {
        private var records: [ProbeRecord] = []
        private var withdrawn: [Withdrawal] = []
        var looks: [LookNote] = []
        /// How many targets have not ended.
        private(set) var remaining: Int
        /// Their numbers, and those of targets that were left out.
        private var held: Set<Int64>
        /// A slowed network gets its pace back between leases; where a target was left out, the lease is about to end.
        private(set) var mayContinue: Bool

        init(_ lease: LaneLease, mayContinue: Bool) {
            held = Set(lease.targets.map(\.targetID))
            remaining = held.count
            self.mayContinue = mayContinue
        }

        mutating func add(_ end: TargetEnd?) {
            remaining -= 1
            switch end {
            case .record(let record):
                held.remove(record.targetID)
                records.append(record)
                if record.pushedBack { mayContinue = false }
            case .withdrawal(let withdrawal):
                held.remove(withdrawal.targetID)
                withdrawn.append(withdrawal)
            case nil: mayContinue = false
            }
        }

        /// Writes it, and takes further targets in. Few of them mean that the lane has no more.
        mutating func goOn(_ lease: LaneLease, by continuation: LaneContinuation) async throws -> [LaneTarget] {
            let wanted = continuation.targetsPerLane - remaining
            let part = completion(of: lease, slowdown: lease.slowdown)
            guard let targets = try await continuation.more(part, Array(held), wanted) else {
                mayContinue = false
                return []
            }
            records = []
            withdrawn = []
            held.formUnion(targets.map(\.targetID))
            remaining += targets.count
            mayContinue = targets.count == wanted
            return targets
        }

        func completion(of lease: LaneLease, slowdown: Int) -> LaneCompletion {
            LaneCompletion(lease: lease, records: records, withdrawn: withdrawn, looks: looks, slowdown: slowdown)
        }
    }

    /// What became of a target.
    enum TargetEnd: Sendable {
        case record(ProbeRecord)
        case withdrawal(Withdrawal)
    }

    /// One task for each target, or in scans that share looks for each address.
    private func begin(_ lease: LaneLease, in group: inout ThrowingTaskGroup<SharedAddress.End, any Error>) {
        guard let share = context.settings.sharedLookCheck else {
            for target in lease.targets {
                group.addTask { SharedAddress.End(targets: [await probe(target, in: lease)]) }
            }
            return
        }
        let checks = SharedLookChecks(share: share, scanID: lease.scanID)
        for targets in SharedAddress.groups(lease) {
            group.addTask { await SharedAddress(work: self, lease: lease, targets: targets, checks: checks).run() }
        }
    }

    /// False when the certificate of a look that was made for another host does not name this one.
    func names(_ first: AddressEvidence.First, _ target: LaneTarget) -> Bool {
        guard let host = DomainName(normalized: target.host) else { return false }
        return !context.judge.judge(first.observation.asSeen(of: host)).verdict.findings.contains(.nameMismatch)
    }

    /// Judges a target from the look that was made for another host at its address. Takes no turn.
    func share(_ first: AddressEvidence.First, with target: LaneTarget) -> TargetEnd? {
        if let withdrawal = withdrawal(of: target) { return .withdrawal(withdrawal) }
        guard let host = DomainName(normalized: target.host) else { return nil }
        let observation = first.observation.asSeen(of: host)
        let (verdict, evidence) = context.judge.judge(observation)
        activity.add { $0.hostsShared += 1 }
        return .record(
            ProbeRecord(
                targetID: target.targetID, hostID: target.hostID, observation: observation, verdict: verdict,
                evidence: evidence, next: .final, sharedFrom: first.hostID))
    }

    /// Nil when it was cancelled, or drained before its turn.
    func probe(_ target: LaneTarget, in lease: LaneLease) async -> TargetEnd? {
        // Asked before its turn too, so that a target that is withdrawn costs its network no turn.
        if let withdrawal = withdrawal(of: target) { return .withdrawal(withdrawal) }
        let host = DomainName(normalized: target.host)
        guard var look = await turn(in: lease, at: target, of: host) else {
            return withdrawal(of: target).map(TargetEnd.withdrawal)
        }
        if let host, SecondLookSample.contains(host, share: context.settings.secondLookShare),
            SecondLookSample.isWorthwhile(look.observation, look.verdict),
            // A drain or an opt-out that comes first leaves the first look as it is: asking again would cost the host more.
            let second = await turn(in: lease, at: target, of: nil)
        {
            look.add(second, judge: context.judge)
        }
        activity.add {
            $0.probesDone += 1
            if !look.verdict.conclusive { $0.inconclusive += 1 }
        }
        return .record(
            ProbeRecord(
                targetID: target.targetID, hostID: target.hostID, observation: look.observation, verdict: look.verdict,
                evidence: look.evidence, secondEvidence: look.secondEvidence, pushedBack: look.pushedBack,
                next: NextStepRule.next(
                    after: look.verdict, attempt: target.attempt, hasNextAddress: target.hasNextAddress,
                    retries: context.settings.retries, retryDelay: context.settings.retryDelay)))
    }

    /// The clean end of a target that may not be dialled; nil when it may.
    private func withdrawal(of target: LaneTarget) -> Withdrawal? {
        rules.bar(target.address, of: target.host, policy: context.settings.policy).map {
            Withdrawal(targetID: target.targetID, hostID: target.hostID, wholeHost: $0 == .host)
        }
    }

    /// What was seen of one target, judged.
    private struct Look: Sendable {
        private(set) var observation: ProbeObservation
        private(set) var verdict: ProbeVerdict
        private(set) var evidence: ChainEvidence?
        private(set) var secondEvidence: ChainEvidence?
        /// In the first connection or the second.
        private(set) var pushedBack: Bool

        init(_ observation: ProbeObservation, attempt: Int, judge: ObservationJudge) {
            self.observation = observation
            (verdict, evidence) = judge.judge(observation)
            pushedBack = PushbackRule.pushesBack(verdict, observation, attempt: attempt)
        }

        /// Takes what was seen without SNI into the observation, and judges it anew.
        mutating func add(_ second: Look, judge: ObservationJudge) {
            observation.secondLook = SecondLook(
                failure: second.observation.failure, chain: second.observation.chain)
            secondEvidence = second.evidence
            pushedBack = pushedBack || second.pushedBack
            (verdict, evidence) = judge.judge(observation)
        }
    }

    /// One connection in the network's turn, without SNI when there is no host; nil when it may not be made any more or
    /// was cancelled.
    private func turn(in lease: LaneLease, at target: LaneTarget, of host: DomainName?) async -> Look? {
        do {
            return try await context.pacer.withTurn(in: lease.network, pushesBack: Self.pushesBack) { started in
                await look(at: target, of: host, started: started)
            }
        } catch {
            return nil  // Cancelled or draining before its turn came.
        }
    }

    private static func pushesBack(_ look: Look?) -> Bool { look?.pushedBack ?? false }

    /// One connection; nil when it may not be made, and when it was cancelled, because what was seen until then says
    /// nothing about the host.
    private func look(
        at target: LaneTarget, of host: DomainName?, started: @escaping @Sendable () -> Void
    ) async -> Look? {
        // Opt-outs and the policy are checked again at the last moment, also before a second look.
        guard withdrawal(of: target) == nil, clock.holds, !Task.isCancelled else { return nil }
        activity.add { $0.probesInFlight += 1 }
        defer { activity.add { $0.probesInFlight -= 1 } }
        let observation = await context.engine.probe(
            ProbeTarget(host: host, address: target.address, port: context.settings.port),
            // Asked again at the last moment: a process that was stopped and goes on may have lost its leases meanwhile.
            dial: ProbeDial(isPermitted: { [clock] in clock.holds }, didDial: started))
        guard !Task.isCancelled, clock.holds else { return nil }
        return Look(observation, attempt: target.attempt, judge: context.judge)
    }
}
