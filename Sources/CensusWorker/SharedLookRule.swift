import CensusModel
import CensusStore

/// Whether one look at an address may stand for other host names there.
enum SharedLookRule {
    /// True of a look that says something about its address: it asked for a host's name, could look, and speaks for its host.
    static func isEvidence(_ record: ProbeRecord) -> Bool {
        record.observation.target.host != nil && record.verdict.conclusive && record.next == .final
            && record.sharedFrom == nil
    }

    /// True when the dialogue came to its natural end, with a certificate or before TLS was begun. The name is told in the
    /// handshake and nowhere before it (RFC 6066 §3), so a handshake or session that failed may have failed because of the
    /// name; and who shows another certificate to clients that tell none makes a difference by name.
    static func mayStand(_ observation: ProbeObservation, _ verdict: ProbeVerdict) -> Bool {
        guard observation.failure == nil, verdict.outcome.answeredSMTP, !verdict.findings.contains(.sniDependent) else {
            return false
        }
        return observation.tls == nil ? observation.handshakeStep == nil : !observation.chain.isEmpty
    }

    /// True when `second`, made for another name, saw what `first` did: the same certificates, STARTTLS, TLS version and end;
    /// and `judge` makes of the first look, taken for the second host's, what was made of the second.
    static func agree(
        _ first: ProbeObservation, _ second: ProbeObservation, _ verdict: ProbeVerdict,
        judge: (ProbeObservation) -> ProbeVerdict
    ) -> Bool {
        guard let host = second.target.host, first.chain == second.chain, first.failure == second.failure,
            first.starttlsOffered == second.starttlsOffered, first.tls?.version == second.tls?.version
        else { return false }
        return judge(first.asSeen(of: host)).isSameJudgement(as: verdict)
    }
}

/// What is known of one address, as it grows by the looks of a lease.
struct AddressEvidence {
    /// The look that stands for others if they turn out not to matter.
    struct First {
        let hostID: Int64
        let observation: ProbeObservation
        let verdict: ProbeVerdict
    }

    /// Nil before the first look.
    private(set) var state: AddressLook.State?
    /// Nil likewise, and when nobody needs it any more: the address was dependent already.
    private(set) var first: First?
    /// Looks that were compared with the first.
    private(set) var checks = 0
    /// Results shared since the last check.
    private(set) var unchecked: Int

    init(_ known: AddressLook?) {
        state = known?.state
        first = known?.first.map { First(hostID: $0.hostID, observation: $0.observation, verdict: $0.verdict) }
        unchecked = known?.unchecked ?? 0
    }

    /// How many looks it takes to decide, if they are conclusive.
    var missing: Int {
        switch state {
        case nil: 2
        case .single: 1
        case .independent, .dependent: 0
        }
    }

    /// Takes a look of this lease into account; one that is no evidence changes nothing.
    mutating func add(_ record: ProbeRecord, judge: (ProbeObservation) -> ProbeVerdict) {
        guard state != .dependent, SharedLookRule.isEvidence(record) else { return }
        guard let first else {
            first = First(hostID: record.hostID, observation: record.observation, verdict: record.verdict)
            state = .single
            return
        }
        checks += 1
        unchecked = 0
        let holds =
            SharedLookRule.mayStand(first.observation, first.verdict)
            && SharedLookRule.agree(first.observation, record.observation, record.verdict, judge: judge)
        state = holds ? .independent : .dependent
    }

    /// Takes results that were shared into account.
    mutating func share(_ count: Int) { unchecked += count }
}

/// Which hosts at an independent address are probed all the same.
///
/// A shared look can be unjust to a host that the certificate does not name: its server may have a certificate for it, and
/// show the usual one only to names for which it has none. Such hosts are checked more often.
struct SharedLookChecks {
    /// Of the hosts that the certificate names, or that showed none: more than 0, at most 1.
    let share: Double
    /// Each scan checks other hosts.
    let scanID: Int64

    /// How much more often the other hosts are checked.
    private static let unnamedFactor = 10.0

    /// Splits hosts into those to check, and those that may be judged from the first look. Checked is the share by a hash of the
    /// names, and whoever comes after twice as many shared results as lie between two checks in the mean.
    ///
    /// - Parameters:
    ///   - unchecked: results shared since the last check.
    ///   - isNamed: false when the certificate of the first look does not name a host.
    func split(
        _ targets: [LaneTarget], unchecked: Int, isNamed: (LaneTarget) -> Bool
    ) -> (checked: [LaneTarget], shared: [LaneTarget]) {
        var checked: [LaneTarget] = []
        var shared: [LaneTarget] = []
        var unchecked = unchecked
        for target in targets {
            let share = isNamed(target) ? share : min(1, share * Self.unnamedFactor)
            if Double(unchecked) >= 2 / share || HashedPlace.of("\(scanID)/\(target.host)") < share {
                checked.append(target)
                unchecked = 0
            } else {
                shared.append(target)
                unchecked += 1
            }
        }
        return (checked, shared)
    }
}
