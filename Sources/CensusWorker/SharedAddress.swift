import CensusModel
import CensusStore

/// The targets of a lease at one address, in a scan that shares looks: the first names are probed until it is clear whether
/// the name makes a difference; where it makes none, some of the others are probed to check that, and the rest is judged
/// from the first look.
///
/// All targets at an address belong to one lane, so nobody else decides about the address meanwhile.
struct SharedAddress: Sendable {
    let work: ProbeWork
    let lease: LaneLease
    let targets: [LaneTarget]
    let checks: SharedLookChecks

    /// What became of the targets at one address.
    struct End: Sendable {
        /// Nil for each target that stays to be done.
        var targets: [ProbeWork.TargetEnd?]
        /// Nil when nothing was learnt.
        var note: LookNote?
    }

    /// All targets of a lease, by their addresses.
    static func groups(_ lease: LaneLease) -> [[LaneTarget]] {
        Array(Dictionary(grouping: lease.targets, by: \.address).values)
    }

    func run() async -> End {
        let known = targets.first.flatMap { lease.looks[$0.address] }
        var evidence = AddressEvidence(known)
        guard evidence.state != .dependent else { return End(targets: await dial(targets[...])) }
        // Those that have a connection of their own in any case come first: they serve as looks, too.
        let own = targets.filter(hasOwnLook)
        var rest = (own + targets.filter { !hasOwnLook($0) })[...]
        let deciding = rest.prefix(evidence.missing)
        var ends = await dial(deciding, &evidence)
        rest = rest.dropFirst(deciding.count)
        if evidence.state == .independent, let first = evidence.first {
            let mayShare = rest.drop(while: hasOwnLook)
            let (checked, shared) = checks.split(Array(mayShare), unchecked: evidence.unchecked) {
                work.names(first, $0)
            }
            ends += await dial(rest.prefix(while: hasOwnLook) + checked, &evidence)
            rest = shared[...]
        }
        if evidence.state == .independent, let first = evidence.first {
            ends += rest.map { work.share(first, with: $0) }
            evidence.share(rest.count)
        } else {
            ends += await dial(rest, &evidence)
        }
        return End(targets: ends, note: note(evidence, known))
    }

    /// Names that tell nothing, further attempts, and hosts that are asked once more without SNI.
    private func hasOwnLook(_ target: LaneTarget) -> Bool {
        guard let host = DomainName(normalized: target.host), target.attempt == 1 else { return true }
        return SecondLookSample.contains(host, share: work.context.settings.secondLookShare)
    }

    /// Probes targets at the same time; each waits for its network's turn.
    private func dial(_ targets: ArraySlice<LaneTarget>) async -> [ProbeWork.TargetEnd?] {
        await withTaskGroup(of: (Int, ProbeWork.TargetEnd?).self) { group in
            for (place, target) in targets.enumerated() {
                group.addTask { (place, await work.probe(target, in: lease)) }
            }
            var ends = [ProbeWork.TargetEnd?](repeating: nil, count: targets.count)
            for await (place, end) in group { ends[place] = end }
            return ends
        }
    }

    private func dial(
        _ targets: ArraySlice<LaneTarget>, _ evidence: inout AddressEvidence
    ) async -> [ProbeWork.TargetEnd?] {
        let ends = await dial(targets)
        for case .record(let record)? in ends { evidence.add(record) { work.context.judge.judge($0).verdict } }
        return ends
    }

    private func note(_ evidence: AddressEvidence, _ known: AddressLook?) -> LookNote? {
        guard let state = evidence.state, let first = evidence.first, let address = targets.first?.address,
            state != known?.state || evidence.checks > 0 || evidence.unchecked != known?.unchecked
        else { return nil }
        return LookNote(
            address: address, state: state, hostID: first.hostID, checks: evidence.checks, unchecked: evidence.unchecked
        )
    }
}
