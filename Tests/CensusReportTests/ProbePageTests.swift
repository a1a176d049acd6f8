import CensusModel
import CensusReport
import Foundation
import Testing

@Suite("The page of a probe")
struct ProbePageTests {
    @Test("the page is as a person has approved it", arguments: [60, 80])
    func text(width: Int) throws {
        let page = samplePage([sampleProbe()]).text(TextStyle(width: width))
        try expectGolden(page, "probe-\(width).txt")
        #expect(page.split(separator: "\n").allSatisfy { $0.count <= width })
    }

    @Test("JSON has the same with documented keys")
    func json() throws {
        let text = samplePage([sampleProbe()]).json()
        try expectGolden(text, "probe.json")
        let document = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let probes = try #require(document["probes"] as? [[String: Any]])
        #expect(probes[0]["outcome"] as? String == "name_mismatch")
        #expect((probes[0]["transcript"] as? [Any])?.count == 9)
        let certificates = try #require(probes[0]["certificates"] as? [Any])
        #expect((certificates[0] as? [String: Any])?["serial"] as? String == "-0a1b")
        #expect(((certificates[0] as? [String: Any])?["names"] as? [Any])?.count == 23)
        #expect(certificates[1] is NSNull)
    }

    @Test("a refused connection needs no more than its outcome, and codes stand in for missing words")
    func refused() {
        let observation = ProbeObservation(
            target: ProbeTarget(host: nil, address: .v6(0x2001_0db8_0000_0000, 1), port: 25),
            startedAt: saturday)
        let entry = ProbePageEntry(
            observation: observation,
            verdict: ProbeVerdict(
                outcome: .connectTimeout, conclusive: false, starttls: nil, verified: nil, error: nil), evidence: nil)
        let page = samplePage([entry, sampleProbe()]).text(TextStyle(width: 80))
        #expect(page.contains("[2001:db8::1]:25\n"))
        #expect(page.contains("Nothing was said."))
        #expect(page.contains("Outcome: connect_timeout"))
        #expect(page.contains("could not be seen"))
        #expect(page.contains("All addresses"))
    }

    @Test("no control byte gets through, wherever it hides")
    func hostile() {
        var observation = sampleProbe().observation
        let evil = "\u{1b}]0;owned\u{7}\u{9b}31m\r\u{202e}"
        observation.transcript.append(.init(direction: .received, text: evil, milliseconds: 1))
        let entry = ProbePageEntry(
            observation: observation,
            verdict: ProbeVerdict(
                outcome: .handshakeFailed, handshakeFailure: .other(evil), conclusive: true, starttls: true,
                verified: nil, error: evil), evidence: nil)
        let page = ProbePage(asked: evil, notes: [evil], entries: [entry, entry], words: [:])
        #expect(isCalm(page.text(TextStyle(width: 80))))
        #expect(!page.json().utf8.contains { $0 < 0x20 && $0 != 10 })
        #expect(page.text(TextStyle(width: 80)).contains("\\x1b]0;owned\\x07"))
    }

    @Test("without an address the page says so")
    func nothing() {
        let page = samplePage([])
        #expect(page.text(TextStyle()).contains("No address was probed."))
        #expect(page.json().contains("\"probes\":[]"))
    }
}
