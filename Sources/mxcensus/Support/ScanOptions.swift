import ArgumentParser
import CensusModel
import DNSLookup
import Foundation

/// Settings that decide what a probe does: shared by `scan` and `probe`.
struct ProbeOptions: ParsableArguments {
    @Option(
        name: .customLong("dns"),
        help: ArgumentHelp("DNS server to ask; repeatable. (default: the system's)", valueName: "host:port"))
    var dnsServers: [String] = []

    @Option(help: ArgumentHelp("Deadline for one DNS lookup with all its attempts.", valueName: "seconds"))
    var dnsTimeout: Double = 20

    @Option(help: "SMTP port.")
    var port: UInt16 = 25

    @Option(help: ArgumentHelp("PEM file of trusted authorities. (default: the system's)", valueName: "file"))
    var trustFile: String?

    @Option(
        help: ArgumentHelp(
            "Name to give in EHLO; should resolve to this machine. (default: its host name)", valueName: "name"))
    var ehloName: String?

    @Option(help: ArgumentHelp("Allow contact with a block of special-purpose space; repeatable.", valueName: "cidr"))
    var allowNetwork: [CIDR] = []

    @Flag(help: "Use IPv4 addresses only.")
    var ipv4Only = false

    @Flag(help: "Use IPv6 addresses only.")
    var ipv6Only = false

    @Option(help: ArgumentHelp("Deadline for connecting.", valueName: "seconds"))
    var connectTimeout: Double = 30

    @Option(help: ArgumentHelp("Deadline for the whole greeting.", valueName: "seconds"))
    var greetingTimeout: Double = 60

    @Option(help: ArgumentHelp("Deadline for each later reply, and for the handshake.", valueName: "seconds"))
    var stepTimeout: Double = 30

    @Option(help: ArgumentHelp("Deadline for a whole probe.", valueName: "seconds"))
    var totalTimeout: Double = 120

    func validate() throws {
        if ipv4Only, ipv6Only { throw ValidationError("--ipv4-only and --ipv6-only exclude each other.") }
        if port == 0 { throw ValidationError("--port must be between 1 and 65535.") }
        for (name, value) in [
            ("--dns-timeout", dnsTimeout), ("--connect-timeout", connectTimeout),
            ("--greeting-timeout", greetingTimeout), ("--step-timeout", stepTimeout), ("--total-timeout", totalTimeout),
        ] where !(0.001...86_400).contains(value) {
            throw ValidationError("\(name) must be between 0.001 and 86400 seconds, not \(value).")
        }
        if let ehloName, !Self.isEHLOName(ehloName) {
            throw ValidationError("--ehlo-name '\(ehloName)' is no host name: letters, digits, dots and hyphens only.")
        }
    }

    /// The settings of a scan or probe with these options; `limits` and retries keep their defaults.
    func settings() -> ScanSettings {
        ScanSettings(
            dnsServers: dnsServers, dnsTimeout: dnsTimeout, port: port, ehloName: ehloName,
            timeouts: ProbeTimeouts(
                connect: milliseconds(connectTimeout), greeting: milliseconds(greetingTimeout),
                command: milliseconds(stepTimeout), handshake: milliseconds(stepTimeout),
                total: milliseconds(totalTimeout)),
            policy: ContactPolicy(allowed: allowNetwork),
            families: ipv4Only ? .ipv4Only : ipv6Only ? .ipv6Only : .both)
    }

    private func milliseconds(_ seconds: Double) -> Int { Int((seconds * 1000).rounded()) }

    static func isEHLOName(_ text: String) -> Bool {
        DomainName(normalized: text.lowercased()) != nil
            || (text.hasPrefix("[") && text.hasSuffix("]") && IPAddress(text.dropFirst().dropLast()) != nil)
    }
}

/// Pace and size of a scan.
struct PaceOptions: ParsableArguments {
    @Option(help: "Most connections open at once. (default: what the file descriptor limit allows, at most 4000)")
    var concurrency: Int?

    @Option(help: ArgumentHelp("New connections per second to one network (/24 or /48).", valueName: "per second"))
    var rate: Double = 5

    @Option(help: ArgumentHelp("Connections open at once to one network (/24 or /48).", valueName: "count"))
    var connections: Int = 4

    @Option(help: "How often an inconclusive probe is tried again.")
    var retries: Int = 2

    @Option(help: ArgumentHelp("Wait before the first retry; doubles with each.", valueName: "seconds"))
    var retryDelay: Double = 300

    @Option(
        help: ArgumentHelp(
            "How long a network rests after its worker vanished, whose connections may still be open.",
            valueName: "seconds"))
    var reclaimRest: Double = 300

    @Option(help: ArgumentHelp("Scan only the first N domains of the list.", valueName: "n"))
    var limit: Int?

    func validate() throws {
        if let concurrency, !(1...100_000).contains(concurrency) {
            throw ValidationError("--concurrency must be between 1 and 100000, not \(concurrency).")
        }
        if !(0.001...100_000).contains(rate) { throw ValidationError("--rate must be between 0.001 and 100000.") }
        if !(1...10_000).contains(connections) { throw ValidationError("--connections must be between 1 and 10000.") }
        if !(0...20).contains(retries) { throw ValidationError("--retries must be between 0 and 20.") }
        if !(0...604_800).contains(retryDelay) { throw ValidationError("--retry-delay must be between 0 and 604800.") }
        if !(0...86_400).contains(reclaimRest) { throw ValidationError("--reclaim-rest must be between 0 and 86400.") }
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1.") }
    }

    /// `settings` with this pace.
    func applied(to settings: ScanSettings) -> ScanSettings {
        var settings = settings
        settings.limits = NetworkLimits(rate: rate, connections: connections)
        settings.retries = retries
        settings.retryDelay = retryDelay
        settings.reclaimRest = reclaimRest
        return settings
    }
}

/// Looks beside the one that each host gets, and looks that are spared.
struct LookOptions: ParsableArguments {
    @Option(
        name: .customLong("verify-without-sni"),
        help: ArgumentHelp(
            "Ask this share of the hosts with TLS (0.05, 5%, or all) once more without SNI: one more connection each, at the same pace. (default: none)",
            valueName: "share"))
    var secondLook: HostShare?

    @Flag(
        help: """
            Where two names at one address got the same certificate, judge its other names from the first look, without \
            connecting for each. Faster where few addresses serve many names, but a host with a certificate of its own \
            can be missed. (default: connect for every name)
            """)
    var shareLooks = false

    @Option(
        help: ArgumentHelp(
            "With --share-looks: connect all the same for this share of the names (0.02, 2%), ten times as many of those that the certificate does not name. Where one differs, all names at the address are looked at. (default: 2%)",
            valueName: "share"))
    var shareLooksCheck: HostShare?

    private static let usualCheck = 0.02

    func validate() throws {
        if shareLooksCheck != nil, !shareLooks { throw ValidationError("--share-looks-check needs --share-looks.") }
    }

    /// `settings` with these looks.
    func applied(to settings: ScanSettings) -> ScanSettings {
        var settings = settings
        settings.secondLookShare = secondLook?.share
        settings.sharedLookCheck = shareLooks ? shareLooksCheck?.share ?? Self.usualCheck : nil
        return settings
    }
}

extension ProbeOptions {
    /// Everything that decides what a scan with these options finds.
    ///
    /// - Throws: `ResolverError`: a DNS server that is named wrongly is said now, not by the worker.
    func scanSettings(pace: PaceOptions, looks: LookOptions) async throws -> ScanSettings {
        let settings = looks.applied(to: pace.applied(to: settings()))
        await (try MailResolver(ResolverConfiguration(servers: settings.dnsServers))).shutdown()
        return settings
    }
}

/// A share of hosts on the command line: `0.05`, `5%` or `all`.
struct HostShare: ExpressibleByArgument, Hashable {
    /// More than 0, at most 1.
    let share: Double

    init?(argument: String) {
        let value: Double?
        if argument == "all" {
            value = 1
        } else if argument.hasSuffix("%") {
            value = Double(argument.dropLast()).map { $0 / 100 }
        } else {
            value = Double(argument)
        }
        guard let value, value > 0, value <= 1 else { return nil }
        share = value
    }
}

extension CIDR: ExpressibleByArgument {
    /// Parses a block as `CIDR.init(_:)` does.
    public init?(argument: String) { self.init(argument) }
}
