import CensusModel
import Foundation
import NIOCore
import NIOPosix
import Preflight
import Testing

/// An address that the test means to be well-formed.
func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

/// An environment in which all is well: four mail hosts with both families, all of which answer.
func healthyEnvironment() throws -> PreflightEnvironment {
    let own = try address("2606:4700::25")
    let reachable = try (1...4).map { [try address("1.0.0.\($0)"), try address("2606:4700::\($0)")] }
    let hosts = (1...4).map { "mx\($0).example.org" }
    var environment = PreflightEnvironment(
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton, concurrency: 2_000, ehloName: "scanner.example.org",
        mailHosts: hosts,
        lookUp: { name in
            if name == "scanner.example.org" { return .addresses([own]) }
            return hosts.firstIndex(of: name).map { .addresses(reachable[$0]) } ?? .failed("no such name")
        },
        reverse: { $0 == own ? ["Scanner.example.org."] : [] },
        trustStore: { .loaded(roots: 141, from: "/etc/ssl/certs/ca-certificates.crt") },
        postgres: { .found(version: "15.18", directory: "/usr/lib/postgresql/15/bin") })
    environment.dial = { _, _ in .connected(greeting: "220 ready") }
    environment.descriptorLimit = { DescriptorLimit(soft: 1_024, hard: 1_048_576) }
    environment.clock = {
        ClockReading(
            now: Date(timeIntervalSince1970: 1_800_000_000), synchronised: true, maximumErrorMicroseconds: 12_345)
    }
    environment.routeV6 = { own }
    return environment
}

extension PreflightReport {
    /// The check of this name; fails the test when there is none.
    func check(_ name: String) throws -> CheckResult { try #require(checks.first { $0.name == name }, "\(name)") }
}
