import CensusModel
import Foundation
import Preflight
import Testing

@Suite("The checks before a scan")
struct PreflightTests {
    @Test("where all is well every check is ok, in a fixed order")
    func healthy() async throws {
        let report = await Preflight.run(try healthyEnvironment())
        #expect(
            report.checks.map(\.name) == [
                "DNS", "port 25 over IPv4", "port 25 over IPv6", "IPv6", "file descriptors", "clock", "trust store",
                "EHLO name", "PostgreSQL",
            ])
        #expect(report.checks.allSatisfy { $0.status == .ok && $0.remedy.isEmpty && !$0.why.isEmpty })
        #expect(report.exitStatus == 0)
        #expect(report.text(onlyTrouble: true).isEmpty)
    }

    @Test("port 25 is blocked when several hosts fail and none answers")
    func blocked() async throws {
        var environment = try healthyEnvironment()
        environment.dial = { _, _ in .timedOut }
        let report = await Preflight.run(environment)
        let check = try report.check("port 25 over IPv4")
        #expect(check.status == .problem)
        #expect(
            check.found.hasPrefix("Blocked: none of 4 known mail hosts answered: mx1.example.org [1.0.0.1] did not"))
        #expect(report.exitStatus == 1)
    }

    @Test("one host that answers is enough")
    func oneAnswers() async throws {
        var environment = try healthyEnvironment()
        let last = try address("1.0.0.4")
        environment.dial = { address, _ in address == last ? .connected(greeting: nil) : .refused }
        let check = try await Preflight.run(environment).check("port 25 over IPv4")
        #expect(check.status == .ok)
        #expect(check.found == "1 of 4 known mail hosts answered.")
    }

    @Test("too few failures are no proof")
    func tooFew() async throws {
        var environment = try healthyEnvironment()
        environment.mailHosts = ["mx1.example.org", "mx2.example.org"]
        environment.dial = { _, _ in .refused }
        let report = await Preflight.run(environment)
        #expect(try report.check("port 25 over IPv4").status == .warning)
        #expect(report.exitStatus == 0)
    }

    @Test("a block of one family alone is a warning")
    func oneFamilyBlocked() async throws {
        for blockV6 in [true, false] {
            var environment = try healthyEnvironment()
            environment.dial = { address, _ in
                address.isV6 == blockV6 ? .failed("no route") : .connected(greeting: "220 ready")
            }
            let report = await Preflight.run(environment)
            #expect(try report.check("port 25 over IPv6").status == (blockV6 ? .warning : .ok))
            #expect(try report.check("port 25 over IPv4").status == (blockV6 ? .ok : .warning))
        }
    }

    @Test("without a global IPv6 route no IPv6 address is dialled, and the lack is a warning")
    func noIPv6() async throws {
        for source in [nil, try address("fd00::1")] {
            var environment = try healthyEnvironment()
            environment.routeV6 = { source }
            environment.dial = { address, _ in address.isV6 ? .failed("must not be dialled") : .connected(greeting: "")
            }
            let report = await Preflight.run(environment)
            #expect(!report.checks.contains { $0.name == "port 25 over IPv6" })
            #expect(try report.check("IPv6").status == .warning)
        }
    }

    @Test("an address that the policy forbids is never dialled")
    func policy() async throws {
        var environment = try healthyEnvironment()
        let (private4, public4) = (try address("10.0.0.1"), try address("1.0.0.9"))
        environment.lookUp = { _ in .addresses([private4, public4]) }
        environment.dial = { address, _ in address == private4 ? .refused : .connected(greeting: "") }
        let check = try await Preflight.run(environment).check("port 25 over IPv4")
        #expect(check.found == "4 of 4 known mail hosts answered.")
    }

    @Test("no DNS is a problem, and the ports are then not judged")
    func noDNS() async throws {
        var environment = try healthyEnvironment()
        environment.lookUp = { _ in .failed("no answer in time") }
        let report = await Preflight.run(environment)
        let check = try report.check("DNS")
        #expect(check.status == .problem)
        #expect(check.found.hasPrefix("0 of 4 known names resolved (no answer in time: mx1.example.org, mx2."))
        #expect(try report.check("port 25 over IPv4").status == .warning)
        #expect(try report.check("EHLO name").status == .warning)
    }

    @Test("named servers that answer are no problem, even when they know nothing of the Internet")
    func privateDNS() async throws {
        var environment = try healthyEnvironment()
        environment.lookUp = { _ in .failed("no such name") }
        environment.nameServers = {
            NameServerFacts(answering: ["127.0.0.1:5353 answers in 1 ms"], failing: [])
        }
        let report = await Preflight.run(environment)
        #expect(try report.check("DNS").status == .warning)
        #expect(report.exitStatus == 0)
    }

    @Test("named servers that are all silent are a warning")
    func silentServers() async throws {
        var environment = try healthyEnvironment()
        environment.nameServers = { NameServerFacts(answering: [], failing: ["127.0.0.1:5353 does not answer"]) }
        let check = try await Preflight.run(environment).check("DNS")
        #expect(check.status == .warning)
        #expect(check.found == "No named server answers a question for the root zone: 127.0.0.1:5353 does not answer.")
    }

    @Test("without hosts to dial the ports are not checked")
    func noHosts() async throws {
        var environment = try healthyEnvironment()
        environment.mailHosts = []
        environment.nameServers = { NameServerFacts(answering: ["127.0.0.1:53 answers in 1 ms"], failing: []) }
        let report = await Preflight.run(environment)
        #expect(try report.check("DNS").status == .ok)
        #expect(!report.checks.contains { $0.name.hasPrefix("port") })
    }

    @Test("some names without an answer are a warning")
    func someDNS() async throws {
        var environment = try healthyEnvironment()
        environment.mailHosts.append("gone.example.org")
        #expect(try await Preflight.run(environment).check("DNS").status == .warning)
    }

    @Test("descriptors must do for the concurrency, after the soft limit is raised")
    func descriptors() async throws {
        let cases: [(soft: UInt64, hard: UInt64, CheckStatus, found: String)] = [
            (4_096, 4_096, .ok, "4096 allowed, 2128 needed."),
            (1_024, 2_128, .ok, "1024 allowed; a scan raises that to 2128, 2128 needed."),
            (1_024, 2_127, .problem, "At most 2127 allowed, 2128 needed."),
            (.max, .max, .ok, "any number allowed, 2128 needed."),
        ]
        for (soft, hard, status, found) in cases {
            var environment = try healthyEnvironment()
            environment.descriptorLimit = { DescriptorLimit(soft: soft, hard: hard) }
            let check = try await Preflight.run(environment).check("file descriptors")
            #expect(check.status == status)
            #expect(check.found == found)
            if status == .problem { #expect(check.remedy.contains("--concurrency 1999,")) }
        }
    }

    @Test("a date that cannot be is a problem, a clock that nothing keeps right a warning")
    func clock() async throws {
        let cases: [(seconds: Double, synchronised: Bool?, CheckStatus)] = [
            (0, true, .problem), (4_102_444_800, true, .problem), (1_800_000_000, false, .warning),
            (1_800_000_000, nil, .warning), (1_800_000_000, true, .ok),
        ]
        for (seconds, synchronised, status) in cases {
            var environment = try healthyEnvironment()
            environment.clock = {
                ClockReading(
                    now: Date(timeIntervalSince1970: seconds), synchronised: synchronised, maximumErrorMicroseconds: nil
                )
            }
            #expect(try await Preflight.run(environment).check("clock").status == status)
        }
    }

    @Test("no roots, no trust")
    func trustStore() async throws {
        for facts in [TrustStoreFacts.loaded(roots: 0, from: "empty.pem"), .failed("lab.pem: no such file")] {
            var environment = try healthyEnvironment()
            environment.trustStore = { facts }
            #expect(try await Preflight.run(environment).check("trust store").status == .problem)
        }
    }

    @Test("an EHLO name needs a dot, an address, and a reverse that leads back")
    func ehloName() async throws {
        let own = try address("1.0.0.25")
        let cases: [(name: String, answer: DNSCheckAnswer, reverse: [String], found: String)] = [
            ("localhost", .addresses([own]), [], "“localhost” is no full host name."),
            ("bad\u{1b}.name", .addresses([own]), [], "“bad\\x1b.name” is no full host name."),
            ("s.example.org", .failed("SERVFAIL"), [], "s.example.org could not be looked up: SERVFAIL."),
            ("s.example.org", .addresses([]), [], "s.example.org has no address."),
            (
                "s.example.org", .addresses([own]), ["other.example.org"],
                "s.example.org resolves to 1.0.0.25, but reverse DNS does not lead back to it."
            ),
        ]
        for (name, answer, reverse, found) in cases {
            var environment = try healthyEnvironment()
            environment.ehloName = name
            environment.lookUp = { _ in answer }
            environment.reverse = { _ in reverse }
            let check = try await Preflight.run(environment).check("EHLO name")
            #expect(check.status == .warning)
            #expect(check.found == found)
        }
    }

    @Test("PostgreSQL may be missing, another server's, or nobody's concern")
    func postgres() async throws {
        var environment = try healthyEnvironment()
        environment.postgres = { .missing("No server binaries were found.") }
        #expect(try await Preflight.run(environment).check("PostgreSQL").status == .problem)
        environment.postgres = { .external("db.example.org:5432/census") }
        #expect(try await Preflight.run(environment).check("PostgreSQL").status == .ok)
        environment.postgres = nil
        #expect(await Preflight.run(environment).checks.contains { $0.name == "PostgreSQL" } == false)
    }
}
