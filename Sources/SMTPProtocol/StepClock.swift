import CensusModel

/// The timing policy: which deadline applies at which step, and how long each step took. All times in milliseconds
/// since the probe began.
struct StepClock: Sendable {
    /// Longest wait for the answer to QUIT: it changes nothing any more, so it is a courtesy alone.
    static let farewell = 2000

    let timeouts: ProbeTimeouts
    private(set) var step = ProbeStep.connect
    /// Negative where the step has not ended.
    private var spent = StepValues<Int32>(repeating: -1)
    /// When the step was entered.
    private var entered = 0
    /// When the wait that has a deadline began: later than `entered` when a step has two replies (EHLO, then HELO).
    private var waiting = 0

    init(timeouts: ProbeTimeouts) { self.timeouts = timeouts }

    /// When the current wait ends at the latest, the whole probe's deadline included.
    var deadline: Int { min(waiting + allowance, timeouts.total) }

    /// How long each step took that has ended.
    var durations: [ProbeStep: Int] {
        var durations: [ProbeStep: Int] = [:]
        for step in ProbeStep.allCases where spent[step] >= 0 { durations[step] = Int(spent[step]) }
        return durations
    }

    /// Ends the current step and begins `next`.
    mutating func enter(_ next: ProbeStep, at now: Int) {
        if next != step {
            stop(at: now)
            step = next
            entered = now
        }
        waiting = now
    }

    /// Ends the current step for good.
    mutating func stop(at now: Int) { spent[step] = Int32(clamping: max(0, now - entered)) }

    /// A deadline bounds a whole reply, not a read: a host that drips bytes gains nothing by it.
    private var allowance: Int {
        switch step {
        case .connect: timeouts.connect
        case .greeting: timeouts.greeting
        case .ehlo, .starttls, .ehloUnderTLS: timeouts.command
        case .handshake: timeouts.handshake
        case .quit: min(Self.farewell, timeouts.command)
        }
    }
}
