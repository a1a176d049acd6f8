import CensusModel
import Testing

@testable import CensusWorker

@Suite("What asks for a gentler pace")
struct PushbackRuleTests {
    private func pushesBack(
        _ outcome: Outcome, conclusive: Bool = false, failure: ProbeFailure? = nil, attempt: Int = 1
    ) -> Bool {
        var observation = ProbeObservation(
            target: ProbeTarget(host: nil, address: .v4(0xc000_0201), port: 25), startedAt: .now)
        observation.failure = failure
        let verdict = ProbeVerdict(
            outcome: outcome, conclusive: conclusive, starttls: nil, verified: nil, error: nil)
        return PushbackRule.pushesBack(verdict, observation, attempt: attempt)
    }

    @Test("an inconclusive refusal, a cut connection and silence do; a host that cannot be reached does not")
    func outcomes() {
        let gentler: Set<Outcome> = [
            .greetingRejected, .ehloRejected, .starttlsRefused, .postTLSFailure, .reset, .closed, .greetingTimeout,
            .stalled,
        ]
        for outcome in Outcome.allCases { #expect(pushesBack(outcome) == gentler.contains(outcome), "\(outcome)") }
    }

    @Test("an address that was silent before does not count again, one that turns the scanner away does")
    func again() {
        for outcome in Outcome.allCases {
            let once = outcome == .greetingTimeout
            #expect(pushesBack(outcome, attempt: 2) == (pushesBack(outcome) && !once), "\(outcome)")
            #expect(pushesBack(outcome, attempt: 3) == pushesBack(outcome, attempt: 2), "\(outcome)")
        }
    }

    @Test("what is known for certain never does")
    func certain() {
        for outcome in Outcome.allCases { #expect(!pushesBack(outcome, conclusive: true), "\(outcome)") }
    }

    @Test("a failure of this machine never does")
    func local() {
        for outcome in Outcome.allCases { #expect(!pushesBack(outcome, failure: .local("no descriptor"))) }
        #expect(pushesBack(.stalled, failure: .timeout(.ehlo)))
    }
}

@Suite("Results in order")
struct InOrderTests {
    @Test("are given out in the order in which their work was begun, whatever comes first")
    func order() {
        var queue = InOrder<String>()
        #expect((0..<4).map { _ in queue.begin() } == [0, 1, 2, 3])
        #expect(queue.finished(2, "c") == [])
        #expect(queue.finished(1, "b") == [])
        #expect(queue.open == 4)
        #expect(queue.finished(0, "a") == ["a", "b", "c"])
        #expect(queue.open == 1)
        #expect(queue.finished(3, "d") == ["d"])
        #expect(queue.open == 0)
    }
}
