import Foundation
import Testing

/// A running lab, started as a user would, with the scan options that it prints.
final class LabSession: Sendable {
    struct Place: Decodable {
        let dns: String
        let smtpPort: Int
        let trustFile: String
        let list: String
    }

    let place: Place
    let scale: String
    let profile: String
    private let hostsPerNetwork: Int
    private let program: RunningProgram
    private let folder: TemporaryFolder

    /// - Parameters:
    ///   - arguments: further ones of `mxcensus lab`.
    ///   - prefix: a command that runs the lab, such as one that enters a network namespace.
    init(
        scale: String, profile: String = "sendgrid-2014", hostsPerNetwork: Int = 16, _ arguments: [String] = [],
        prefix: [String] = []
    ) async throws {
        self.scale = scale
        self.profile = profile
        self.hostsPerNetwork = hostsPerNetwork
        folder = try TemporaryFolder()
        program = try RunningProgram(
            prefix + [
                MXCensusProgram.url.path, "lab", "--scale", scale, "--profile", profile, "--dns-port", "0",
                "--smtp-port", "0", "--directory", folder.url.path, "--hosts-per-network", "\(hostsPerNetwork)",
                "--json",
            ] + arguments)
        try await program.waitUntil("the lab was up") { $0.output.hasSuffix("\n") }
        place = try JSONDecoder().decode(Place.self, from: Data(program.output.utf8))
    }

    deinit { program.signal(SIGTERM) }

    /// Ends the lab, which writes its connection log to the end.
    func stop() async throws {
        program.signal(SIGTERM)
        let result = await program.result()
        try #require(result.status == 0, "\(result.errors)")
    }

    /// Ordinary options of `mxcensus scan` for this lab; deadlines are short for hosts that stay silent by
    /// design, and long enough for a busy machine.
    var options: [String] {
        [
            "--dns", place.dns, "--port", "\(place.smtpPort)", "--trust-file", place.trustFile, "--allow-network",
            "127.0.0.0/8", "--allow-network", "::1/128", "--dns-timeout", "15", "--connect-timeout", "8",
            "--greeting-timeout", "15", "--step-timeout", "15", "--total-timeout", "45", "--rate", "200",
            "--connections", "16", "--retries", "1", "--retry-delay", "1",
            "--reclaim-rest", "5",
        ] + Self.gentle
    }

    /// For every run: a lab in a debug build, beside other tests, serves few handshakes a second.
    static let gentle = ["--concurrency", "100"]

    /// What a perfect scan finds, by the lab's formula, with the retries of `options`.
    func truth(_ what: String, of list: String? = nil) async throws -> ProgramResult {
        let result = try await MXCensusProgram.run(
            [
                "lab", "truth", what, "--scale", scale, "--profile", profile, "--hosts-per-network",
                "\(hostsPerNetwork)",
                "--retries", "1",
            ]
                + (list.map { ["--list", $0] } ?? []))
        try #require(result.status == 0, "\(result.errors)")
        return result
    }

    /// Compares what was found, as `mxcensus export` writes it, with the truth: each row once, and nothing else.
    func expectTruth(
        domains: ProgramResult, probes: ProgramResult, list: String? = nil, _ comment: String = "",
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let comment = Comment(rawValue: comment)
        try #require(domains.status == 0 && probes.status == 0, "\(domains.errors)\(probes.errors)")
        let foundDomains = try domains.lines(of: DomainLine.self)
        let expectedDomains = try await truth("--domains", of: list).lines(of: DomainLine.self)
        #expect(foundDomains.count == expectedDomains.count, comment, sourceLocation: location)
        #expect(Set(foundDomains).symmetricDifference(expectedDomains).isEmpty, comment, sourceLocation: location)
        let foundAttempts = try probes.lines(of: AttemptLine.self)
        let expectedAttempts = try await truth("--attempts", of: list).lines(of: AttemptLine.self)
        #expect(foundAttempts.count == expectedAttempts.count, comment, sourceLocation: location)
        #expect(Set(foundAttempts).symmetricDifference(expectedAttempts).isEmpty, comment, sourceLocation: location)
        #expect(!foundAttempts.isEmpty, comment, sourceLocation: location)
    }
}

/// A line of `mxcensus lab truth --domains` or `mxcensus export domains`: the same keys mean the same.
struct DomainLine: Decodable, Hashable {
    struct MX: Decodable, Hashable {
        let host: String
        let preference: Int
        let outcome: String?
    }
    let domain: String
    let weight: Double
    let status: String
    let verdict: String
    let mx: [MX]
}

/// A line of `mxcensus lab truth --attempts` or `mxcensus export probes`.
struct AttemptLine: Decodable, Hashable {
    let host: String
    let address: String
    let outcome: String
    let conclusive: Bool
    let starttls: Bool?
    let verified: Bool?
    let final: Bool
}
