import struct Foundation.Date

extension ProbeVerdict {
    /// True when nothing but the words of `error` differs.
    public func isSameJudgement(as other: ProbeVerdict) -> Bool {
        outcome == other.outcome && handshakeFailure == other.handshakeFailure && findings == other.findings
            && conclusive == other.conclusive && starttls == other.starttls && verified == other.verified
    }
}

/// One attempt that is judged otherwise now.
public struct RejudgedRow: Hashable, Sendable {
    /// The MX host, as in `MXRecord.host`.
    public let host: String
    /// Where the probe went.
    public let target: ProbeTarget
    /// When the attempt began.
    public let startedAt: Date
    /// Number of the attempt at its address, from 1.
    public let attempt: Int
    /// This attempt speaks for its host.
    public let final: Bool
    /// As the scan has it.
    public let before: ProbeVerdict
    /// As it is judged now.
    public let after: ProbeVerdict

    /// A row of these values.
    public init(
        host: String, target: ProbeTarget, startedAt: Date, attempt: Int, final: Bool, before: ProbeVerdict,
        after: ProbeVerdict
    ) {
        self.host = host
        self.target = target
        self.startedAt = startedAt
        self.attempt = attempt
        self.final = final
        self.before = before
        self.after = after
    }
}

/// What judging a whole scan again comes to. Hosts count at their final attempt.
public struct RejudgeSummary: Hashable, Sendable {
    /// A verdict as far as the summary tells verdicts apart.
    public struct State: Hashable, Sendable, Comparable {
        /// The first cause, or trusted.
        public let outcome: Outcome
        /// Whether the census could look.
        public let conclusive: Bool

        /// The state of a verdict.
        public init(_ verdict: ProbeVerdict) {
            outcome = verdict.outcome
            conclusive = verdict.conclusive
        }

        /// In the order of the outcomes; conclusive ones first.
        public static func < (left: State, right: State) -> Bool {
            (place(left.outcome), left.conclusive ? 0 : 1) < (place(right.outcome), right.conclusive ? 0 : 1)
        }

        private static func place(_ outcome: Outcome) -> Int { Outcome.allCases.firstIndex(of: outcome) ?? 0 }
    }

    /// From one verdict to another.
    public struct Transition: Hashable, Sendable {
        /// As the scan has it.
        public let from: State
        /// As it is now.
        public let to: State

        /// From one state to another.
        public init(from: State, to: State) {
            self.from = from
            self.to = to
        }
    }

    /// Hosts that have a finding only now, and that have it no more.
    public struct FindingChange: Hashable, Sendable {
        /// Hosts that have it only now.
        public var gained: Int64 = 0
        /// Hosts that have it no more.
        public var lost: Int64 = 0

        /// No change.
        public init() {}
    }

    /// Attempts judged.
    public private(set) var attempts: Int64 = 0
    /// Of those, how many are judged otherwise.
    public private(set) var changedAttempts: Int64 = 0
    /// Hosts with a final attempt.
    public private(set) var hosts: Int64 = 0
    /// Hosts with another outcome, or another word on whether the look was conclusive.
    public private(set) var verdicts = Weights()
    /// Hosts that keep these, and are judged otherwise in something else: findings, mostly.
    public private(set) var others = Weights()
    /// Where the hosts of `verdicts` went.
    public private(set) var transitions: [Transition: Weights] = [:]
    /// Findings that some host gained or lost.
    public private(set) var findings: [Finding: FindingChange] = [:]

    /// Nothing judged yet.
    public init() {}

    /// Counts one attempt.
    public mutating func add(before: ProbeVerdict, after: ProbeVerdict, isFinal: Bool, weights: Weights) {
        attempts += 1
        if isFinal { hosts += 1 }
        guard !before.isSameJudgement(as: after) else { return }
        changedAttempts += 1
        guard isFinal else { return }
        let transition = Transition(from: State(before), to: State(after))
        if transition.from == transition.to {
            others.add(weights)
        } else {
            verdicts.add(weights)
            transitions[transition, default: Weights()].add(weights)
        }
        for finding in after.findings where !before.findings.contains(finding) {
            findings[finding, default: .init()].gained += 1
        }
        for finding in before.findings where !after.findings.contains(finding) {
            findings[finding, default: .init()].lost += 1
        }
    }
}

extension Weights {
    fileprivate mutating func add(_ other: Weights) {
        hosts += other.hosts
        domains += other.domains
        volume += other.volume
    }
}
