import CensusModel
import Foundation
import Testing

@testable import CensusLab

/// What the profile's documentation says, not what it is built from.
@Suite("Profile realistic")
struct RealisticProfileTests {
    private func totals(_ profile: LabProfile, scale: Int) throws -> [String: Int] {
        let totals = try LabTruth(configuration: LabConfiguration(profile: profile, scale: scale)).hostTotals
        return Dictionary(uniqueKeysWithValues: totals.map { ($0.behaviour.name, $0.hosts) })
    }

    @Test("Five per cent of all hosts time out, four greet after 6 s, and one in two hundred after 20 s")
    func shares() throws {
        let totals = try totals(.realistic, scale: 1)
        let all = Double(totals.values.reduce(0, +))
        #expect(((Double(totals["dropped", default: 0] + totals["silent", default: 0]) / all) * 1000).rounded() == 50)
        let late = ["trusted-slow", "postscreen", "plain-slow"].reduce(0) { $0 + totals[$1, default: 0] }
        #expect((Double(late) / all * 1000).rounded() == 40)
        #expect((Double(totals["greeting-very-slow", default: 0]) / all * 1000).rounded() == 5)
        let lab = LabConfiguration(profile: .realistic)
        #expect(lab.slowGreeting == 6000...6000)
        #expect(lab.waits.verySlow == 20_000)
    }

    @Test("All else is as in sendgrid-2014, host for host")
    func others() throws {
        let realistic = try totals(.realistic, scale: 1)
        let study = try totals(.sendgrid2014, scale: 1)
        let trusted = ["trusted", "postscreen", "greeting-very-slow"]
        #expect(trusted.reduce(0) { $0 + realistic[$1, default: 0] } == study["trusted"])
        for (name, hosts) in study where !trusted.contains(name) && name != "dropped" && name != "silent" {
            #expect(realistic[name] == hosts, "\(name)")
        }
    }

    @Test("Each host has a latency of its own, the same every time: the median is 150 ms, one in twenty above 474 ms")
    func latency() throws {
        let mixer = Mixer(seed: 1)
        let latency = try #require(LabConfiguration(profile: .realistic).latency)
        let times = (0..<50_000).map { latency.time(at: 0x7f10_0000 + UInt32($0), mixer: mixer).nanoseconds / 1000 }
        let sorted = times.sorted()
        #expect((147_000...153_000).contains(sorted[25_000]))
        #expect((455_000...493_000).contains(sorted[47_500]))
        #expect(sorted.last ?? 0 <= 3_000_000)
        #expect(latency.time(at: 0x7f10_0007, mixer: mixer) == latency.time(at: 0x7f10_0007, mixer: mixer))
        #expect(latency.time(at: 0x7f10_0007, mixer: Mixer(seed: 2)) != latency.time(at: 0x7f10_0007, mixer: mixer))
        #expect(LabConfiguration(profile: .sendgrid2014).latency == nil)
    }

    @Test("No reply, and no end, comes earlier than the host's latency; TLS works through it")
    func dialogues() async throws {
        try await withLab({ $0.latency = LabLatency(median: 120, spread: 0, most: 1000) }) { lab, folder in
            let before = ContinuousClock.now
            let plain = try await dialogue(address(.plain, lab), lab.smtpPort, ["EHLO test", "QUIT"])
            // Greeting, EHLO, QUIT.
            #expect(before.duration(to: .now) >= .milliseconds(360))
            #expect(plain.count == 3)
            let closing = ContinuousClock.now
            #expect(try await dialogue(address(.closed, lab), lab.smtpPort) == [.closed])
            #expect(closing.duration(to: .now) >= .milliseconds(120))
            let host = "mx.trusted.behaviour.lab.test"
            let result = try await run(
                "openssl",
                [
                    "s_client", "-starttls", "smtp", "-connect", "\(try address(.trusted, lab)):\(lab.smtpPort)",
                    "-servername", host, "-verify_hostname", host, "-no-CApath", "-no-CAstore", "-CAfile",
                    "\(folder)/trust.pem", "-crlf", "-ign_eof",
                ],
                input: "EHLO test\nquit\n")
            #expect(result.output.contains("Verify return code: 0 (ok)"), "\(result.output)")
            #expect(result.output.contains("221 2.0.0 Bye"))
            let reset = try await dialogue(address(.reset, lab), lab.smtpPort)
            #expect(reset == [.failed(ECONNRESET)])
        }
    }

    @Test("A lab of the profile holds together at every scale", arguments: [1, 1000, 100_000])
    func world(scale: Int) throws {
        let truth = try LabTruth(configuration: LabConfiguration(profile: .realistic, scale: scale))
        #expect(truth.hostTotals.reduce(0) { $0 + $1.hosts } == truth.hostCount)
    }
}
